//! `recvmmsg` and `sendmmsg` over buffers that live as long as their thread. The only `unsafe` code of
//! the engine: the headers handed to the kernel point into boxed slices owned beside them, are pointed
//! again before every call, and never outlive it.
#![allow(unsafe_code, reason = "no safe wrapper keeps its headers and buffers from call to call")]

use std::io;
use std::mem::{size_of, zeroed};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd};
use std::ptr;

use libc::{AF_INET, AF_INET6, IP_PKTINFO, IPPROTO_IP, MSG_DONTWAIT, MSG_TRUNC};
use libc::{cmsghdr, iovec, mmsghdr, sockaddr_in, sockaddr_in6, sockaddr_storage};

use super::{BATCH, LONGEST, Sent};

/// Room for one control message that names a local address: `cmsghdr` and `in_pktinfo`, padded.
#[derive(Clone, Copy)]
#[repr(align(8))]
struct Control([u8; CONTROL]);

const CONTROL: usize = 32;
/// Where `in_pktinfo` begins; its second and third words are the address to send from and the one that
/// was sent to.
const PKTINFO: usize = size_of::<cmsghdr>();

/// Headers, addresses and bytes of a batch, slot by slot.
struct Slots {
    headers: Box<[mmsghdr]>,
    pieces: Box<[iovec]>,
    names: Box<[sockaddr_storage]>,
    bytes: Box<[[u8; LONGEST]]>,
    controls: Box<[Control]>,
}

// SAFETY: the pointers inside `headers` and `pieces` point into the other fields, which move to another
// thread together with them, and have no other owner.
unsafe impl Send for Slots {}

impl Slots {
    fn new() -> Self {
        // SAFETY: all-zero is a valid value of these plain C structures; null pointers in them are
        // replaced by `point` before any use.
        let (header, piece, name) =
            unsafe { (zeroed::<mmsghdr>(), zeroed::<iovec>(), zeroed::<sockaddr_storage>()) };
        Self {
            headers: vec![header; BATCH].into_boxed_slice(),
            pieces: vec![piece; BATCH].into_boxed_slice(),
            names: vec![name; BATCH].into_boxed_slice(),
            bytes: vec![[0; LONGEST]; BATCH].into_boxed_slice(),
            controls: vec![Control([0; CONTROL]); BATCH].into_boxed_slice(),
        }
    }

    /// Points slot `n` at its own buffers, of which the control message is `control` bytes long.
    fn point(&mut self, n: usize, name_length: u32, length: usize, control: usize) {
        let slot = (self.headers.get_mut(n), self.pieces.get_mut(n), self.controls.get_mut(n));
        let own = (self.names.get_mut(n), self.bytes.get_mut(n));
        let ((Some(header), Some(piece), Some(info)), (Some(name), Some(bytes))) = (slot, own)
        else {
            return;
        };
        header.msg_hdr.msg_control = ptr::from_mut(info).cast();
        header.msg_hdr.msg_controllen = control.min(CONTROL);
        *piece = iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: length.min(LONGEST) };
        header.msg_hdr.msg_name = ptr::from_mut(name).cast();
        header.msg_hdr.msg_namelen = name_length;
        header.msg_hdr.msg_iov = ptr::from_mut(piece);
        header.msg_hdr.msg_iovlen = 1;
        header.msg_len = 0;
    }
}

/// Where a batch of datagrams is received.
pub struct Inbound {
    slots: Slots,
    arrived: usize,
    control: usize,
}

impl Inbound {
    /// Nothing has arrived.
    pub fn new() -> Self {
        Self { slots: Slots::new(), arrived: 0, control: 0 }
    }

    /// For a socket that has many IPv4 addresses: returns to which one each datagram was sent. Sets
    /// the option of `socket` for it.
    ///
    /// # Errors
    /// The system's.
    pub fn with_destinations(socket: impl AsFd) -> io::Result<Self> {
        let on: libc::c_int = 1;
        // SAFETY: the value is an int that outlives the call, and its size is stated.
        let done = unsafe {
            libc::setsockopt(
                socket.as_fd().as_raw_fd(),
                IPPROTO_IP,
                IP_PKTINFO,
                ptr::from_ref(&on).cast(),
                size_of::<libc::c_int>() as u32,
            )
        };
        if done == 0 {
            Ok(Self { control: CONTROL, ..Self::new() })
        } else {
            Err(io::Error::last_os_error())
        }
    }

    /// Receives what waits at `socket`, a batch at most, and returns how many.
    ///
    /// # Errors
    /// `WouldBlock` when nothing waits.
    pub fn fill(&mut self, socket: impl AsFd) -> io::Result<usize> {
        for n in 0..BATCH {
            self.slots.point(n, size_of::<sockaddr_storage>() as u32, LONGEST, self.control);
        }
        self.arrived = 0;
        // SAFETY: the first BATCH headers were just pointed at buffers of the lengths they state, which
        // live in `self` and which have no other user during the call.
        let count = unsafe {
            libc::recvmmsg(
                socket.as_fd().as_raw_fd(),
                self.slots.headers.as_mut_ptr(),
                BATCH as u32,
                MSG_DONTWAIT,
                ptr::null_mut(),
            )
        };
        self.arrived = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
        Ok(self.arrived)
    }

    /// Where the `n`th datagram of the last batch came from.
    pub fn sender(&self, n: usize) -> Option<SocketAddr> {
        read_name(self.slots.names.get(..self.arrived)?.get(n)?)
    }

    /// The `n`th datagram of the last batch; nothing when it was too long.
    pub fn take(&mut self, n: usize) -> Option<(SocketAddr, &mut [u8])> {
        if n >= self.arrived {
            return None;
        }
        let header = self.slots.headers.get(n)?;
        if header.msg_hdr.msg_flags & MSG_TRUNC != 0 {
            return None;
        }
        let remote = read_name(self.slots.names.get(n)?)?;
        Some((remote, self.slots.bytes.get_mut(n)?.get_mut(..header.msg_len as usize)?))
    }

    /// To which of the socket's addresses the `n`th datagram was sent, if that was asked for.
    pub fn destination(&self, n: usize) -> Option<Ipv4Addr> {
        let header = self.slots.headers.get(..self.arrived)?.get(n)?;
        if header.msg_hdr.msg_controllen < PKTINFO + 12 {
            return None;
        }
        let address = self.slots.controls.get(n)?.0.get(PKTINFO + 8..PKTINFO + 12)?;
        Some(Ipv4Addr::from(<[u8; 4]>::try_from(address).ok()?))
    }
}

impl Default for Inbound {
    fn default() -> Self {
        Self::new()
    }
}

/// Datagrams that wait to be sent together.
pub struct Outbound {
    slots: Slots,
    count: usize,
    oversized: u64,
}

impl Default for Outbound {
    fn default() -> Self {
        Self::new()
    }
}

impl Outbound {
    /// Nothing waits.
    pub fn new() -> Self {
        Self { slots: Slots::new(), count: 0, oversized: 0 }
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.count == 0 && self.oversized == 0
    }

    /// Adds a datagram; false, and nothing added, when the batch is full.
    pub fn push(&mut self, remote: SocketAddr, bytes: &[u8]) -> bool {
        self.add(remote, bytes, 0)
    }

    /// The same, sent from that one of the socket's addresses.
    pub fn push_from(&mut self, source: Ipv4Addr, remote: SocketAddr, bytes: &[u8]) -> bool {
        if let Some(control) = self.slots.controls.get_mut(self.count) {
            *control = source_control(source);
        }
        self.add(remote, bytes, CONTROL)
    }

    fn add(&mut self, remote: SocketAddr, bytes: &[u8], control: usize) -> bool {
        let n = self.count;
        let (Some(name), Some(buffer)) = (self.slots.names.get_mut(n), self.slots.bytes.get_mut(n))
        else {
            return false;
        };
        let Some(buffer) = buffer.get_mut(..bytes.len()) else {
            self.oversized += 1;
            return true;
        };
        buffer.copy_from_slice(bytes);
        let name_length = write_name(name, remote);
        self.slots.point(n, name_length, bytes.len(), control);
        self.count += 1;
        true
    }

    /// Sends all that waits; afterwards nothing does.
    pub fn flush(&mut self, socket: impl AsFd) -> Sent {
        let mut sent = Sent { refused: std::mem::take(&mut self.oversized), ..Sent::default() };
        let mut next = 0;
        while let Some(rest) = self.slots.headers.get_mut(next..self.count)
            && !rest.is_empty()
        {
            // SAFETY: `rest` are headers that `push` pointed at buffers of the lengths they state; the
            // boxed slices have not moved since, and the kernel only reads them during the call.
            let count = unsafe {
                libc::sendmmsg(
                    socket.as_fd().as_raw_fd(),
                    rest.as_mut_ptr(),
                    rest.len() as u32,
                    MSG_DONTWAIT,
                )
            };
            if let Ok(count) = usize::try_from(count) {
                sent.taken += count as u64;
                next += count.max(1);
            } else if io::Error::last_os_error().kind() == io::ErrorKind::WouldBlock {
                sent.full += rest.len() as u64;
                break;
            } else {
                // The error is that of the first of the rest; the others may still be good.
                sent.refused += 1;
                next += 1;
            }
        }
        self.count = 0;
        sent
    }
}

/// The control message that has a datagram sent from `source`.
fn source_control(source: Ipv4Addr) -> Control {
    let mut control = Control([0; CONTROL]);
    let length = PKTINFO + size_of::<libc::in_pktinfo>();
    let head = length.to_ne_bytes().into_iter().chain(IPPROTO_IP.to_ne_bytes());
    let head = head.chain(IP_PKTINFO.to_ne_bytes()).chain([0; 4]).chain(source.octets());
    control.0.iter_mut().zip(head).for_each(|(to, from)| *to = from);
    control
}

fn read_name(name: &sockaddr_storage) -> Option<SocketAddr> {
    match i32::from(name.ss_family) {
        AF_INET => {
            // SAFETY: the family says so, and a storage is large and aligned enough for every family.
            let v4 = unsafe { &*ptr::from_ref(name).cast::<sockaddr_in>() };
            let ip = Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr));
            Some(SocketAddrV4::new(ip, u16::from_be(v4.sin_port)).into())
        }
        AF_INET6 => {
            // SAFETY: as above.
            let v6 = unsafe { &*ptr::from_ref(name).cast::<sockaddr_in6>() };
            let ip = Ipv6Addr::from(v6.sin6_addr.s6_addr);
            // Flow labels differ from packet to packet and are no part of an address.
            Some(SocketAddrV6::new(ip, u16::from_be(v6.sin6_port), 0, v6.sin6_scope_id).into())
        }
        _ => None,
    }
}

fn write_name(name: &mut sockaddr_storage, remote: SocketAddr) -> u32 {
    match remote {
        SocketAddr::V4(remote) => {
            // SAFETY: a storage is large and aligned enough for every family.
            let v4 = unsafe { &mut *ptr::from_mut(name).cast::<sockaddr_in>() };
            v4.sin_family = AF_INET as libc::sa_family_t;
            v4.sin_port = remote.port().to_be();
            v4.sin_addr.s_addr = u32::from(*remote.ip()).to_be();
            size_of::<sockaddr_in>() as u32
        }
        SocketAddr::V6(remote) => {
            // SAFETY: as above.
            let v6 = unsafe { &mut *ptr::from_mut(name).cast::<sockaddr_in6>() };
            v6.sin6_family = AF_INET6 as libc::sa_family_t;
            v6.sin6_port = remote.port().to_be();
            v6.sin6_flowinfo = 0;
            v6.sin6_addr.s6_addr = remote.ip().octets();
            v6.sin6_scope_id = remote.scope_id();
            size_of::<sockaddr_in6>() as u32
        }
    }
}
