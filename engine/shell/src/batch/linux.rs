//! `recvmmsg` and `sendmmsg` over buffers that live as long as their thread. The only `unsafe` code of
//! the engine: the headers handed to the kernel point into boxed slices owned beside them, are pointed
//! anew before every call, and never outlive it.
#![allow(unsafe_code, reason = "no safe wrapper keeps its headers and buffers from call to call")]

use std::io;
use std::mem::{size_of, zeroed};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd};
use std::ptr;

use libc::{AF_INET, AF_INET6, MSG_DONTWAIT, MSG_TRUNC};
use libc::{iovec, mmsghdr, sockaddr_in, sockaddr_in6, sockaddr_storage};

use super::{BATCH, LONGEST, Sent};

/// Headers, addresses and bytes of a batch, slot by slot.
struct Slots {
    headers: Box<[mmsghdr]>,
    pieces: Box<[iovec]>,
    names: Box<[sockaddr_storage]>,
    bytes: Box<[[u8; LONGEST]]>,
}

// SAFETY: the pointers inside `headers` and `pieces` point into the other fields, which move to another
// thread together with them; nobody else holds them.
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
        }
    }

    /// Points slot `n` at its own buffers.
    fn point(&mut self, n: usize, name_length: u32, length: usize) {
        let slot = (self.headers.get_mut(n), self.pieces.get_mut(n));
        let own = (self.names.get_mut(n), self.bytes.get_mut(n));
        let ((Some(header), Some(piece)), (Some(name), Some(bytes))) = (slot, own) else { return };
        *piece = iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: length.min(LONGEST) };
        header.msg_hdr.msg_name = ptr::from_mut(name).cast();
        header.msg_hdr.msg_namelen = name_length;
        header.msg_hdr.msg_iov = ptr::from_mut(piece);
        header.msg_hdr.msg_iovlen = 1;
        header.msg_len = 0;
    }
}

/// Where a batch of datagrams is received.
pub(crate) struct Inbound {
    slots: Slots,
    arrived: usize,
}

impl Inbound {
    pub(crate) fn new() -> Self {
        Self { slots: Slots::new(), arrived: 0 }
    }

    /// Receives what waits at `socket`, a batch at most, and returns how many.
    ///
    /// # Errors
    /// `WouldBlock` when nothing waits.
    pub(crate) fn fill(&mut self, socket: impl AsFd) -> io::Result<usize> {
        for n in 0..BATCH {
            self.slots.point(n, size_of::<sockaddr_storage>() as u32, LONGEST);
        }
        self.arrived = 0;
        // SAFETY: the first BATCH headers were just pointed at buffers of the lengths they state, which
        // live in `self` and which nobody else touches during the call.
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

    /// The `n`th datagram of the last batch; nothing when it was too long.
    pub(crate) fn take(&mut self, n: usize) -> Option<(SocketAddr, &mut [u8])> {
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
}

/// Datagrams that wait to be sent together.
pub(crate) struct Outbound {
    slots: Slots,
    count: usize,
    overlong: u64,
}

impl Outbound {
    pub(crate) fn new() -> Self {
        Self { slots: Slots::new(), count: 0, overlong: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0 && self.overlong == 0
    }

    /// Adds a datagram; false, and nothing added, when the batch is full.
    pub(crate) fn push(&mut self, remote: SocketAddr, bytes: &[u8]) -> bool {
        let n = self.count;
        let (Some(name), Some(buffer)) = (self.slots.names.get_mut(n), self.slots.bytes.get_mut(n))
        else {
            return false;
        };
        let Some(buffer) = buffer.get_mut(..bytes.len()) else {
            self.overlong += 1;
            return true;
        };
        buffer.copy_from_slice(bytes);
        let name_length = write_name(name, remote);
        self.slots.point(n, name_length, bytes.len());
        self.count += 1;
        true
    }

    /// Sends all that waits; afterwards nothing does.
    pub(crate) fn flush(&mut self, socket: impl AsFd) -> Sent {
        let mut sent = Sent { refused: std::mem::take(&mut self.overlong), ..Sent::default() };
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
            // Flow labels differ from packet to packet and are no part of who somebody is.
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
