//! Binding a worker's sockets: one port number for UDP and TCP on every address it listens to.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};

use rustix::net::{self, AddressFamily, SocketType, sockopt};

/// Bytes the kernel may hold for a UDP socket in each direction: about 40 ms of 2,000 calls. Linux
/// counts some 800 bytes for a packet of voice.
const UDP_BUFFER: usize = 4 << 20;
/// Connections that wait to be accepted.
const BACKLOG: i32 = 256;
/// How often another port is tried when the system's choice for one address is taken on the next.
const TRIES: u32 = 32;

/// What one address of a worker listens on.
pub(crate) struct Bound {
    pub(crate) address: SocketAddr,
    pub(crate) udp: OwnedFd,
    pub(crate) tcp: Option<OwnedFd>,
}

/// Binds every address of `listen` to the same port: `port`, or one the system chooses when it is 0.
///
/// # Errors
/// The system's, with the address that could not be bound.
pub(crate) fn bind(listen: &[IpAddr], port: u16, tcp: bool) -> io::Result<Vec<Bound>> {
    let mut tries = if port == 0 { TRIES } else { 1 };
    loop {
        tries -= 1;
        match bind_all(listen, port, tcp) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries > 0 => {}
            outcome => return outcome,
        }
    }
}

fn bind_all(listen: &[IpAddr], mut port: u16, tcp: bool) -> io::Result<Vec<Bound>> {
    let mut all = Vec::with_capacity(listen.len());
    for ip in listen {
        let bound = bind_one(SocketAddr::new(*ip, port), tcp).map_err(|error| {
            let address = SocketAddr::new(*ip, port);
            io::Error::new(error.kind(), format!("cannot bind {address}: {error}"))
        })?;
        port = bound.address.port();
        all.push(bound);
    }
    Ok(all)
}

fn bind_one(wanted: SocketAddr, tcp: bool) -> io::Result<Bound> {
    let udp = open(wanted, SocketType::DGRAM)?;
    enlarge(&udp);
    never_fragment(&udp, wanted);
    net::bind(&udp, &wanted)?;
    let name = net::getsockname(&udp)?;
    let address = SocketAddr::try_from(name).map_err(|_| io::ErrorKind::Unsupported)?;
    let tcp = if tcp { Some(listen_tcp(address)?) } else { None };
    Ok(Bound { address, udp, tcp })
}

fn listen_tcp(address: SocketAddr) -> io::Result<OwnedFd> {
    let socket = open(address, SocketType::STREAM)?;
    // Connections of the last run that linger in TIME_WAIT must not keep a restart from its port.
    sockopt::set_socket_reuseaddr(&socket, true)?;
    net::bind(&socket, &address)?;
    net::listen(&socket, BACKLOG)?;
    Ok(socket)
}

fn open(address: SocketAddr, kind: SocketType) -> io::Result<OwnedFd> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = net::socket(family, kind, None)?;
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
    rustix::io::ioctl_fionbio(&socket, true)?;
    if address.is_ipv6() {
        // So that `::` and `0.0.0.0` can be listened to side by side.
        sockopt::set_ipv6_v6only(&socket, true)?;
    }
    Ok(socket)
}

/// Requests large buffers; a smaller one shows by the loss it causes.
fn enlarge(socket: impl AsFd) {
    #[cfg(target_os = "linux")]
    {
        // Beyond the system's limit, for those who may.
        let _ = sockopt::set_socket_recv_buffer_size(&socket, UDP_BUFFER);
        let _ = sockopt::set_socket_send_buffer_size(&socket, UDP_BUFFER);
        let _ = sockopt::set_socket_recv_buffer_size_force(&socket, UDP_BUFFER);
        let _ = sockopt::set_socket_send_buffer_size_force(&socket, UDP_BUFFER);
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = sockopt::set_socket_recv_buffer_size(&socket, UDP_BUFFER);
        let _ = sockopt::set_socket_send_buffer_size(&socket, UDP_BUFFER);
    }
}

/// Has no datagram fragmented, whatever is said of the path: none is longer than every path takes. For a packet
/// that can never be a fragment Linux needs no identification, whose choice was 5 % of the cost of a send.
fn never_fragment(udp: impl AsFd, address: SocketAddr) {
    #[cfg(target_os = "linux")]
    {
        use sockopt::{Ipv4PathMtuDiscovery, Ipv6PathMtuDiscovery};
        // A system without it fragments as before.
        let _ = if address.is_ipv4() {
            sockopt::set_ip_mtu_discover(udp, Ipv4PathMtuDiscovery::PROBE)
        } else {
            sockopt::set_ipv6_mtu_discover(udp, Ipv6PathMtuDiscovery::PROBE)
        };
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (udp, address);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses() -> [IpAddr; 2] {
        ["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()]
    }

    #[test]
    fn both_families_and_both_transports_share_a_port() {
        let bound = bind(&addresses(), 0, true).unwrap();
        let ports: Vec<_> = bound.iter().map(|one| one.address.port()).collect();
        assert_eq!(ports.len(), 2);
        assert_eq!(ports[0], ports[1]);
        for one in bound {
            let tcp = SocketAddr::try_from(net::getsockname(one.tcp.unwrap()).unwrap()).unwrap();
            assert_eq!(tcp, one.address);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn media_is_never_fragmented_and_believes_no_report_of_a_narrow_path() {
        let bound = bind(&addresses(), 0, false).unwrap();
        let v4 = sockopt::ip_mtu_discover(&bound[0].udp).unwrap();
        let v6 = sockopt::ipv6_mtu_discover(&bound[1].udp).unwrap();
        assert_eq!(v4, sockopt::Ipv4PathMtuDiscovery::PROBE);
        assert_eq!(v6, sockopt::Ipv6PathMtuDiscovery::PROBE);
    }

    #[test]
    fn a_taken_port_is_named_in_the_error() {
        let taken = bind(&addresses(), 0, true).unwrap();
        let port = taken[0].address.port();
        let error = bind(&addresses(), port, true).err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        assert!(error.to_string().contains(&format!("127.0.0.1:{port}")), "{error}");
    }
}
