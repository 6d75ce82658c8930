//! ICE over TCP, passive side (RFC 6544): connections that carry datagrams in RFC 4571 frames, each with
//! bounded memory, queue and time. Plain STUN is accepted as well, and authenticates nothing.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::time::Duration;

use mio::event::Event;
use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};
use offhook_core::{Route, Time, TransportProtocol};
use slab::Slab;

use crate::counts::Counts;
use crate::framing::{Deframer, Framing, Queue};

/// Connections a worker holds.
const MOST: usize = 4_096;
/// Connections from one address that no ICE check has proven yet. More than the devices behind one
/// office's NAT that begin a call within `UNPROVEN_TIME`.
const MOST_UNPROVEN: usize = 64;
/// How long a connection may live before the core answers on it.
const UNPROVEN_TIME: Duration = Duration::from_secs(10);
/// How long a proven connection may be silent; consent is asked for every 5 s (RFC 7675 §5.1).
const IDLE_TIME: Duration = Duration::from_secs(60);
/// Bytes a connection may owe its reader: about 2 s of Opus. More is late sound, worth nothing.
const MOST_OWED: usize = 16 * 1024;
/// Bytes read from one connection before the others have their turn.
const READ_PIECE: usize = 16 * 1024;

/// One address that is connected to.
pub(crate) struct TcpPort {
    pub(crate) address: SocketAddr,
    listener: TcpListener,
}

impl TcpPort {
    pub(crate) fn new(
        address: SocketAddr,
        socket: OwnedFd,
        registry: &Registry,
        token: Token,
    ) -> io::Result<Self> {
        let mut listener = TcpListener::from_std(std::net::TcpListener::from(socket));
        registry.register(&mut listener, token, Interest::READABLE)?;
        Ok(Self { address, listener })
    }
}

struct Connection {
    stream: TcpStream,
    route: Route,
    deframer: Deframer,
    queue: Queue,
    /// Whether the core ever answered here.
    proven: bool,
    last_frame: Time,
    /// More may be read before the next readiness event.
    readable: bool,
}

/// All connections of a worker.
pub(crate) struct Connections {
    all: Slab<Connection>,
    by_ends: HashMap<(SocketAddr, SocketAddr), usize>,
    unproven: HashMap<IpAddr, usize>,
    first_token: usize,
    /// Keys of those that are `readable`.
    ready: Vec<usize>,
    piece: Box<[u8]>,
    next_sweep: Time,
}

impl Connections {
    /// No connections yet; they will use tokens from `first_token` on.
    pub(crate) fn new(first_token: usize) -> Self {
        Self {
            all: Slab::new(),
            by_ends: HashMap::new(),
            unproven: HashMap::new(),
            first_token,
            ready: Vec::new(),
            piece: vec![0; READ_PIECE].into_boxed_slice(),
            next_sweep: Time::ZERO,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Accepts all who wait at `port`.
    pub(crate) fn accept(
        &mut self,
        now: Time,
        port: &TcpPort,
        registry: &Registry,
        counts: &mut Counts,
    ) {
        loop {
            match port.listener.accept() {
                Ok((stream, remote)) => {
                    if self.admit(now, stream, port.address, remote, registry).is_none() {
                        counts.tcp_refused += 1;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // A connection that died while it waited says nothing about the next one; other
                // errors, such as no descriptors left, would only repeat.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(_) => {
                    counts.tcp_refused += 1;
                    break;
                }
            }
        }
    }

    fn admit(
        &mut self,
        now: Time,
        mut stream: TcpStream,
        local: SocketAddr,
        remote: SocketAddr,
        registry: &Registry,
    ) -> Option<()> {
        let unproven = self.unproven.get(&remote.ip()).copied().unwrap_or(0);
        let ends = (local, remote);
        if self.all.len() >= MOST || unproven >= MOST_UNPROVEN || self.by_ends.contains_key(&ends) {
            return None;
        }
        stream.set_nodelay(true).ok()?;
        let entry = self.all.vacant_entry();
        let token = Token(self.first_token + entry.key());
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE).ok()?;
        self.by_ends.insert(ends, entry.key());
        *self.unproven.entry(remote.ip()).or_default() += 1;
        entry.insert(Connection {
            stream,
            route: Route { transport: TransportProtocol::Tcp, local, remote },
            deframer: Deframer::default(),
            queue: Queue::new(MOST_OWED),
            proven: false,
            last_frame: now,
            readable: false,
        });
        Some(())
    }

    /// The system said something about a connection.
    pub(crate) fn ready(&mut self, event: &Event, counts: &mut Counts) -> Option<Route> {
        let key = event.token().0.checked_sub(self.first_token)?;
        let connection = self.all.get_mut(key)?;
        let readable = event.is_readable() || event.is_error();
        if readable && !connection.readable {
            connection.readable = true;
            self.ready.push(key);
        }
        if event.is_writable() && connection.write().is_err() {
            return self.remove(key, counts);
        }
        None
    }

    /// Reads a piece from every connection that has something; `frame` takes what is complete. The
    /// routes of those that ended are added to `gone`.
    pub(crate) fn read(
        &mut self,
        now: Time,
        mut frame: impl FnMut(Route, &mut [u8]),
        gone: &mut Vec<Route>,
        counts: &mut Counts,
    ) {
        let mut place = 0;
        while let Some(key) = self.ready.get(place).copied() {
            let Some(connection) = self.all.get_mut(key) else {
                self.ready.swap_remove(place);
                continue;
            };
            match connection.read(now, &mut self.piece, &mut frame) {
                Ok(true) => place += 1,
                Ok(false) => {
                    connection.readable = false;
                    self.ready.swap_remove(place);
                }
                Err(error) => {
                    counts.tcp_dropped += u64::from(error.kind() == io::ErrorKind::InvalidData);
                    self.ready.swap_remove(place);
                    gone.extend(self.remove(key, counts));
                }
            }
        }
    }

    /// Whether `read` has more to do at once.
    pub(crate) fn readable(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Sends a frame to a leg's peer, or queues what the connection does not take at once.
    pub(crate) fn send(
        &mut self,
        route: Route,
        frame: &[u8],
        counts: &mut Counts,
    ) -> Option<Route> {
        let key = self.by_ends.get(&(route.local, route.remote)).copied();
        if let Some(connection) = key.and_then(|key| self.all.get_mut(key))
            && !connection.proven
        {
            connection.proven = true;
            forget_unproven(&mut self.unproven, route.remote.ip());
        }
        self.answer(route, frame, counts)
    }

    /// The same to an unauthenticated peer, which does not extend the connection's time.
    pub(crate) fn answer(
        &mut self,
        route: Route,
        frame: &[u8],
        counts: &mut Counts,
    ) -> Option<Route> {
        let key = self.by_ends.get(&(route.local, route.remote)).copied();
        let Some((key, connection)) = key.and_then(|key| Some((key, self.all.get_mut(key)?)))
        else {
            counts.send_errors += 1;
            return None;
        };
        let framing = connection.deframer.framing().unwrap_or(Framing::Prefixed);
        if !connection.queue.push(framing, frame) {
            counts.send_buffer_full += 1;
        }
        if connection.write().is_err() {
            return self.remove(key, counts);
        }
        None
    }

    /// Closes what is idle or never became a leg's. Once a second at most.
    pub(crate) fn sweep(&mut self, now: Time, gone: &mut Vec<Route>, counts: &mut Counts) {
        if now < self.next_sweep || self.all.is_empty() {
            return;
        }
        self.next_sweep = now + Duration::from_secs(1);
        for key in 0..self.all.capacity() {
            let Some(connection) = self.all.get(key) else { continue };
            let limit = if connection.proven { IDLE_TIME } else { UNPROVEN_TIME };
            if now.since(connection.last_frame) >= limit {
                counts.tcp_dropped += 1;
                gone.extend(self.remove(key, counts));
            }
        }
    }

    /// When `sweep` has something to do, if ever.
    pub(crate) fn wake(&self) -> Option<Time> {
        (!self.all.is_empty()).then_some(self.next_sweep)
    }

    fn remove(&mut self, key: usize, counts: &mut Counts) -> Option<Route> {
        let connection = self.all.try_remove(key)?;
        let route = connection.route;
        self.by_ends.remove(&(route.local, route.remote));
        if !connection.proven {
            forget_unproven(&mut self.unproven, route.remote.ip());
        }
        counts.tcp_connections = self.all.len() as u64;
        Some(route)
    }
}

fn forget_unproven(unproven: &mut HashMap<IpAddr, usize>, ip: IpAddr) {
    if let Some(count) = unproven.get_mut(&ip) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            unproven.remove(&ip);
        }
    }
}

impl Connection {
    /// Reads one piece. Returns whether more may wait.
    fn read(
        &mut self,
        now: Time,
        piece: &mut [u8],
        frame: &mut impl FnMut(Route, &mut [u8]),
    ) -> io::Result<bool> {
        let count = match self.stream.read(piece) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(true),
            Err(error) => return Err(error),
        };
        let Self { deframer, route, last_frame, proven, .. } = self;
        let taken = deframer.feed(piece.get(..count).unwrap_or_default(), |whole| {
            // What an unproven connection sends must not buy it time.
            if *proven {
                *last_frame = now;
            }
            frame(*route, whole);
        });
        taken.map_err(|_| io::ErrorKind::InvalidData)?;
        Ok(true)
    }

    fn write(&mut self) -> io::Result<()> {
        while !self.queue.front().is_empty() {
            match self.stream.write(self.queue.front()) {
                Ok(count) => self.queue.written(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use mio::{Events, Poll};

    use super::*;
    use crate::sockets;

    /// A listener and a client that has just connected to it, at time zero.
    fn connected() -> (Poll, Connections, std::net::TcpStream, Route) {
        let bound = sockets::bind(&[IpAddr::V4(Ipv4Addr::LOCALHOST)], 0, true).unwrap().remove(0);
        let mut poll = Poll::new().unwrap();
        let socket = bound.tcp.unwrap();
        let port = TcpPort::new(bound.address, socket, poll.registry(), Token(0)).unwrap();
        let mut connections = Connections::new(1);
        let stream = std::net::TcpStream::connect(bound.address).unwrap();
        let mut ready = Events::with_capacity(8);
        poll.poll(&mut ready, Some(Duration::from_secs(5))).unwrap();
        connections.accept(Time::ZERO, &port, poll.registry(), &mut Counts::default());
        assert_eq!(connections.len(), 1);
        let remote = stream.local_addr().unwrap();
        let route = Route { transport: TransportProtocol::Tcp, local: bound.address, remote };
        (poll, connections, stream, route)
    }

    fn swept(connections: &mut Connections, seconds: u64) -> Vec<Route> {
        let (mut gone, mut counts) = (Vec::new(), Counts::default());
        connections.sweep(Time::from_millis(seconds * 1_000), &mut gone, &mut counts);
        assert_eq!(counts.tcp_dropped, gone.len() as u64);
        gone
    }

    #[test]
    fn frames_that_prove_nothing_buy_no_time() {
        let (mut poll, mut connections, mut stream, route) = connected();
        stream.write_all(&[0, 2, 7, 7]).unwrap();
        let mut ready = Events::with_capacity(8);
        poll.poll(&mut ready, Some(Duration::from_secs(5))).unwrap();
        let mut counts = Counts::default();
        ready.iter().for_each(|event| assert!(connections.ready(event, &mut counts).is_none()));
        let (mut frames, mut gone) = (0, Vec::new());
        connections.read(Time::from_millis(9_000), |_, _| frames += 1, &mut gone, &mut counts);
        assert_eq!((frames, gone.len()), (1, 0));
        // Nor does an answer to it.
        assert_eq!(connections.answer(route, b"so you look", &mut counts), None);
        assert_eq!(swept(&mut connections, 9), []);
        assert_eq!(swept(&mut connections, 10), [route]);
        assert_eq!(connections.wake(), None);
    }

    #[test]
    fn an_answered_connection_closes_after_a_silent_minute() {
        let (_poll, mut connections, mut stream, route) = connected();
        assert_eq!(connections.send(route, b"yes", &mut Counts::default()), None);
        let mut frame = [0; 5];
        stream.read_exact(&mut frame).unwrap();
        assert_eq!(&frame, b"\0\x03yes");
        assert_eq!(swept(&mut connections, 59), []);
        assert_eq!(swept(&mut connections, 60), [route]);
    }

    #[test]
    fn a_reader_that_does_not_read_costs_bounded_memory() {
        let (_poll, mut connections, _stream, route) = connected();
        let mut counts = Counts::default();
        for _ in 0..20_000 {
            connections.send(route, &[0; 1_000], &mut counts);
        }
        // The system's buffers take some megabytes, our queue 16 kB, the rest is dropped.
        assert!(counts.send_buffer_full > 1_000, "{}", counts.send_buffer_full);
        assert_eq!(counts.send_errors, 0);
    }
}
