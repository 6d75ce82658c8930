//! Starts and stops workers, and passes commands to them and events from them.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use mio::{Poll, Waker};
use offhook_core::codec::Complexity;
use offhook_core::{
    Command, Config, Engine, Event, HostAddress, IceMode, Identity, IdentityError, Time,
    TransportProtocol,
};

use crate::counts::Counts;
use crate::event_queue::EventQueue;
use crate::file_writer::{FileQueue, FileWriter};
use crate::links::{Peer, Peers};
use crate::load::Load;
use crate::sockets::{self, Bound};
use crate::worker::{WAKER, Worker, WorkerChannels};

/// What to listen on, and with how many threads.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Threads, 1 to 64; each has a port of its own.
    pub workers: usize,
    /// Addresses to bind, at least one.
    pub listen: Vec<IpAddr>,
    /// The first worker's port, the next worker's is one higher; 0 lets the system choose.
    pub port: u16,
    /// Addresses announced to peers in place of those of `listen` that are of the same family.
    pub announce: Vec<IpAddr>,
    /// Whether peers may connect by TCP, on the same port.
    pub tcp: bool,
    /// Like a server, or like a browser: the latter is for tests and for measuring.
    pub ice: IceMode,
    /// See [`Config::media_lost`].
    pub media_lost: Duration,
    /// Legs of one worker; see [`Config::max_legs`].
    pub max_legs: usize,
    /// Complexity of voice encoders, whatever the load; by default a busy worker lowers it.
    pub complexity: Option<Complexity>,
}

/// Why workers cannot start.
#[derive(Debug)]
pub enum StartError {
    /// A setting is out of its range: which, and what is allowed.
    Setting(String),
    /// The certificate cannot be made.
    Identity(IdentityError),
    /// The system refused a socket or a thread.
    System(io::Error),
}

/// The worker has ended; only `shutdown` or a broken system ends one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

/// Worker threads and their queues.
pub struct Shell {
    identity: Arc<Identity>,
    events: Arc<EventQueue>,
    handles: Vec<WorkerHandle>,
    /// Ends after the workers, so that it writes all that they recorded.
    writer: Option<FileWriter>,
}

/// The process's end of one worker.
struct WorkerHandle {
    config: Config,
    port: u16,
    commands: Sender<Command>,
    waker: Arc<Waker>,
    published: Arc<Mutex<Counts>>,
    thread: JoinHandle<()>,
}

impl Shell {
    /// Binds all sockets, then starts the workers.
    ///
    /// # Errors
    /// When a setting is wrong or the system refuses; then nothing runs and nothing is bound.
    pub fn start(settings: &Settings) -> Result<Self, StartError> {
        settings.check()?;
        let identity = Identity::generate(None).map_err(StartError::Identity)?;
        let events = Arc::new(EventQueue::new()?);
        let mut bound = Vec::with_capacity(settings.workers);
        for n in 0..settings.workers {
            let port = if settings.port == 0 { 0 } else { settings.port + n as u16 };
            bound.push(sockets::bind(&settings.listen, port, settings.tcp)?);
        }
        let (epoch, peers) = (Instant::now(), Arc::new(Peers::default()));
        let mut links = Vec::with_capacity(bound.len());
        let writer = FileWriter::start(Arc::clone(&events))?;
        let (files, handles) = (writer.queue(), Vec::with_capacity(bound.len()));
        let mut shell = Self { identity, events, handles, writer: Some(writer) };
        for (n, bound) in bound.into_iter().enumerate() {
            let (handle, link) = shell.spawn_worker(n, epoch, settings, bound, (&peers, &files))?;
            shell.handles.push(handle);
            links.push(link);
        }
        peers.connect(links);
        Ok(shell)
    }

    fn spawn_worker(
        &self,
        n: usize,
        epoch: Instant,
        settings: &Settings,
        bound: Vec<Bound>,
        (peers, files): (&Arc<Peers>, &FileQueue),
    ) -> Result<(WorkerHandle, Peer), StartError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(io::Error::other)?;
        let config = Config {
            epoch,
            identity: Arc::clone(&self.identity),
            addresses: settings.addresses(&bound).into(),
            ice: settings.ice,
            seed,
            media_lost: settings.media_lost,
            max_legs: settings.max_legs,
            capture: Duration::ZERO,
        };
        let port = bound.first().map_or(0, |one| one.address.port());
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let (link, linked) = Peer::new(Arc::clone(&waker));
        let (commands, inbox) = mpsc::channel();
        let published = Arc::new(Mutex::new(Counts::default()));
        let channels = WorkerChannels {
            commands: inbox,
            events: Arc::clone(&self.events),
            published: Arc::clone(&published),
            linked,
            peers: Arc::clone(peers),
            files: files.clone(),
        };
        let mut engine = Engine::new(config.clone());
        let load = settings.complexity.map_or_else(Load::default, |complexity| {
            engine.set_complexity(complexity);
            Load::ignored()
        });
        let worker = Worker::new(engine, epoch, poll, bound, channels, load)?;
        let thread =
            thread::Builder::new().name(format!("offhook-{n}")).spawn(move || worker.run())?;
        Ok((WorkerHandle { config, port, commands, waker, published, thread }, link))
    }

    /// How many workers there are; none after `shutdown`.
    pub fn workers(&self) -> usize {
        self.handles.len()
    }

    /// What to make a leg's negotiation with, for legs of that worker.
    pub fn config(&self, worker: usize) -> Option<&Config> {
        self.handles.get(worker).map(|handle| &handle.config)
    }

    /// Each worker's port.
    pub fn ports(&self) -> Vec<u16> {
        self.handles.iter().map(|handle| handle.port).collect()
    }

    /// SHA-256 of the certificate as SDP writes it.
    pub fn fingerprint(&self) -> &str {
        self.identity.fingerprint()
    }

    /// Sends a command to a worker; its results arrive as events.
    ///
    /// # Errors
    /// When there is no such worker any more.
    pub fn send(&self, worker: usize, command: Command) -> Result<(), Stopped> {
        let handle = self.handles.get(worker).ok_or(Stopped)?;
        handle.commands.send(command).map_err(|_| Stopped)?;
        handle.waker.wake().map_err(|_| Stopped)
    }

    /// All waiting events of all workers, oldest first.
    pub fn events(&self) -> Vec<(Time, Event)> {
        self.events.take()
    }

    /// What each worker has counted.
    pub fn counts(&self) -> Vec<Counts> {
        let read = |handle: &WorkerHandle| {
            *handle.published.lock().unwrap_or_else(PoisonError::into_inner)
        };
        self.handles.iter().map(read).collect()
    }

    /// Ends all workers and waits for them, a few milliseconds, and for what they recorded to be written. Waiting events can still be read.
    pub fn shutdown(&mut self) {
        let handles = std::mem::take(&mut self.handles).into_iter();
        let leaving: Vec<_> = handles
            .map(|WorkerHandle { commands, waker, thread, .. }| {
                drop(commands);
                // A worker that cannot be woken has ended already.
                let _ = waker.wake();
                (waker, thread)
            })
            .collect();
        // Dropping a waker cancels its wake-up, so it lives until its worker has ended.
        for (_waker, thread) in leaving {
            // After a panic the worker's legs are lost; the panic was printed on stderr.
            let _ = thread.join();
        }
        self.writer = None;
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        self.shutdown();
    }
}

impl AsFd for Shell {
    /// Readable while events wait.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.events.as_fd()
    }
}

impl fmt::Debug for Shell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shell").field("ports", &self.ports()).finish_non_exhaustive()
    }
}

impl Settings {
    fn check(&self) -> Result<(), StartError> {
        let wrong = |sentence: String| Err(StartError::Setting(sentence));
        if !(1..=64).contains(&self.workers) {
            return wrong(format!("workers must be 1 to 64, not {}", self.workers));
        }
        if self.listen.is_empty() {
            return wrong("listen must name at least one address".into());
        }
        if self.port > u16::MAX - 64 {
            return wrong(format!("port must be 0 to {}, not {}", u16::MAX - 64, self.port));
        }
        if !(1..=100_000).contains(&self.max_legs) {
            return wrong(format!("max_legs must be 1 to 100000, not {}", self.max_legs));
        }
        if !(1.0..=60.0).contains(&self.media_lost.as_secs_f64()) {
            let seconds = self.media_lost.as_secs_f64();
            return wrong(format!("media_lost_s must be 1 to 60, not {seconds}"));
        }
        if let Some(any) = self.announce.iter().find(|ip| ip.is_unspecified()) {
            return wrong(format!("announce must name addresses that peers can reach, not {any}"));
        }
        let unannounced = |ip: &&IpAddr| ip.is_unspecified() && !self.announced(**ip);
        if let Some(ip) = self.listen.iter().find(unannounced) {
            return wrong(format!(
                "announce must name the address peers reach this host by, for listen has {ip}"
            ));
        }
        Ok(())
    }

    fn announced(&self, bound: IpAddr) -> bool {
        self.announce.iter().any(|ip| ip.is_ipv4() == bound.is_ipv4())
    }

    /// The addresses to announce for the bound ones, UDP first.
    fn addresses(&self, bound: &[Bound]) -> Vec<HostAddress> {
        let mut all = Vec::new();
        for transport in [TransportProtocol::Udp, TransportProtocol::Tcp] {
            for one in
                bound.iter().filter(|one| transport == TransportProtocol::Udp || one.tcp.is_some())
            {
                let bound = one.address;
                let host = |ip| HostAddress {
                    transport,
                    bound,
                    announced: SocketAddr::new(ip, bound.port()),
                };
                if self.announced(bound.ip()) {
                    let same = |ip: &&IpAddr| ip.is_ipv4() == bound.is_ipv4();
                    all.extend(self.announce.iter().filter(same).map(|ip| host(*ip)));
                } else {
                    all.push(host(bound.ip()));
                }
            }
        }
        all
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(sentence) => f.write_str(sentence),
            Self::Identity(error) => error.fmt(f),
            Self::System(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StartError {}

impl From<io::Error> for StartError {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot send a command to a worker that has stopped")
    }
}

impl std::error::Error for Stopped {}
