//! Many datagrams in one system call where the system has such a call, one by one elsewhere.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(not(target_os = "linux"), test))]
mod plain;

#[cfg(target_os = "linux")]
pub use linux::{Inbound, Outbound};
#[cfg(not(target_os = "linux"))]
pub use plain::{Inbound, Outbound};

/// Datagrams a system call takes at most: beyond 64 nothing more is gained.
pub const BATCH: usize = 64;
/// Longest datagram. Nothing a call needs is longer than a path's MTU; longer ones are refused.
pub const LONGEST: usize = 2048;

/// What became of a batch that was sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    /// Datagrams the system took.
    pub taken: u64,
    /// Dropped because the socket's buffer was full: late sound is worth nothing.
    pub full: u64,
    /// Refused by the system, such as for want of a route.
    pub refused: u64,
}

#[cfg(test)]
mod tests {
    use std::net::{SocketAddr, UdpSocket};

    use super::{BATCH, LONGEST, Sent};

    fn pair(address: &str) -> (UdpSocket, UdpSocket) {
        let socket = || {
            let socket = UdpSocket::bind(address).unwrap();
            socket.set_nonblocking(true).unwrap();
            socket
        };
        (socket(), socket())
    }

    macro_rules! every_way {
        ($way:ident) => {
            mod $way {
                use super::*;
                use crate::batch::$way::{Inbound, Outbound};

                #[test]
                fn a_batch_arrives_whole_and_says_from_where() {
                    for address in ["127.0.0.1:0", "[::1]:0"] {
                        let (here, there) = pair(address);
                        let mut outbound = Outbound::new();
                        for n in 0..BATCH as u8 {
                            assert!(outbound.push(there.local_addr().unwrap(), &[n, 1, 2]));
                        }
                        assert!(!outbound.push(there.local_addr().unwrap(), &[0]));
                        let sent = outbound.flush(&here);
                        assert_eq!(sent, Sent { taken: BATCH as u64, ..Sent::default() });
                        assert!(outbound.is_empty());

                        let mut inbound = Inbound::new();
                        assert_eq!(inbound.fill(&there).unwrap(), BATCH);
                        assert_eq!(inbound.sender(BATCH), None);
                        for n in 0..BATCH {
                            assert_eq!(inbound.sender(n), here.local_addr().ok());
                            let (remote, bytes) = inbound.take(n).unwrap();
                            assert_eq!(remote, here.local_addr().unwrap());
                            assert_eq!(bytes, &[n as u8, 1, 2]);
                        }
                        let empty = inbound.fill(&there).unwrap_err();
                        assert_eq!(empty.kind(), std::io::ErrorKind::WouldBlock);
                    }
                }

                #[test]
                fn oversized_datagrams_are_not_truncated() {
                    let (here, there) = pair("127.0.0.1:0");
                    let long = vec![7; LONGEST + 1];
                    here.send_to(&long, there.local_addr().unwrap()).unwrap();
                    let mut inbound = Inbound::new();
                    assert_eq!(inbound.fill(&there).unwrap(), 1);
                    assert!(inbound.take(0).is_none());
                    let mut outbound = Outbound::new();
                    outbound.push(there.local_addr().unwrap(), &long);
                    assert_eq!(outbound.flush(&here), Sent { refused: 1, ..Sent::default() });
                }

                #[test]
                fn one_that_cannot_be_sent_does_not_stop_the_others() {
                    let (here, there) = pair("127.0.0.1:0");
                    let there = there.local_addr().unwrap();
                    let wrong_family: SocketAddr = "[::1]:9".parse().unwrap();
                    let mut outbound = Outbound::new();
                    for remote in [wrong_family, there, wrong_family, there] {
                        outbound.push(remote, b"x");
                    }
                    assert_eq!(outbound.flush(&here), Sent { taken: 2, full: 0, refused: 2 });
                }
            }
        };
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn one_socket_sends_and_receives_at_many_addresses() {
        use std::net::Ipv4Addr;
        let many = UdpSocket::bind("0.0.0.0:0").unwrap();
        let there = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut inbound = super::Inbound::with_destinations(&many).unwrap();
        let mut outbound = super::Outbound::new();
        let sources = [Ipv4Addr::new(127, 3, 2, 1), Ipv4Addr::new(127, 1, 2, 3)];
        for source in sources {
            outbound.push_from(source, there.local_addr().unwrap(), b"x");
        }
        assert_eq!(outbound.flush(&many).taken, 2);
        for (n, source) in sources.into_iter().enumerate() {
            let mut bytes = [0; 1];
            let (_, remote) = there.recv_from(&mut bytes).unwrap();
            assert_eq!(remote.ip(), source);
            there.send_to(b"y", remote).unwrap();
            assert_eq!(inbound.fill(&many).unwrap(), 1, "{n}");
            assert_eq!(inbound.destination(0), Some(source));
            assert_eq!(inbound.destination(1), None);
        }
    }

    #[cfg(target_os = "linux")]
    every_way!(linux);
    every_way!(plain);
}
