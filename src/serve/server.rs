//! Ports, signals, the end.

use std::cell::Cell;
use std::net::TcpListener as StdListener;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration as StdDuration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::{LocalSet, spawn_local};

use super::connection::{Client, Shared, say_goodbye, turn_away};
use super::cost::Line;
use super::hub::Hub;
use super::listen::Door;
use super::pipe::Pipe;
use super::report::{Ended, Passed};
use super::tls::Tls;
use crate::lesson::Lesson;
use crate::time::Instant;

/// The real clock, as sessions see it: nanoseconds since the server was started.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: std::time::Instant,
}

impl Clock {
    /// A clock that shows [`Instant::START`] now.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "real clients live in real time; this is where it comes in"
    )]
    pub fn start() -> Self {
        Self { start: std::time::Instant::now() }
    }

    /// What it shows.
    #[must_use]
    pub fn now(self) -> Instant {
        Instant::from_nanos(u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }
}

/// What a server tells the person who started it.
#[derive(Clone, Debug)]
pub enum News {
    /// It accepts connections, and a signal would stop it cleanly.
    Ready,
    /// A session is over.
    Session(Box<Ended>),
    /// It stops, and so much mail for other hosts waits.
    Waiting(usize),
    /// Something that went wrong and does not stop it.
    Trouble(String),
    /// It has stopped; so many lines about sessions are missing because nobody took them in time.
    Stopped(u64),
}

/// How many pieces of news wait for somebody to take them; what comes then is dropped, and mail goes on.
pub const NEWS_MAX: usize = 10_000;

/// How long clients have to take their last octets when the server is stopped.
const WIND_DOWN: StdDuration = StdDuration::from_secs(2);

/// How many clients are told at the same time that there is no room for them. Others are just cut off.
const TURNED_AWAY_MAX: usize = 32;

/// How long to wait after a connection could not be accepted, say because the process has no file left.
const ACCEPT_AGAIN: StdDuration = StdDuration::from_millis(100);

/// What a server runs with, beside its ports.
#[derive(Debug)]
pub struct Setting {
    /// The store, and the sessions that there will be.
    pub hub: Hub,
    /// The real clock.
    pub clock: Clock,
    /// The certificate, if there is one.
    pub tls: Option<Tls>,
    /// The line under all connections, if they are to wait for one.
    pub line: Option<Line>,
}

/// Serves at ports that are open already until a signal says stop: SIGINT, SIGTERM or SIGHUP; on Windows
/// Ctrl-C, Ctrl-Break, a closed console, the end of the user's time or the system's.
///
/// # Errors
/// If the system gives no sockets, timers or signals.
pub fn run(
    listeners: Vec<(Door, StdListener)>,
    setting: Setting,
    news: &mpsc::Sender<News>,
) -> Result<(), Lesson> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Lesson::new(format!("the system lets nobody serve: {error}")))?;
    let served = LocalSet::new().block_on(&runtime, async {
        let listeners: Vec<(Door, TcpListener)> = listeners
            .into_iter()
            .map(|(door, listener)| Ok((door, nonblocking(listener)?)))
            .collect::<std::io::Result<_>>()?;
        let Setting { hub, clock, tls, line } = setting;
        let desk = Rc::new(FrontDesk {
            shared: Shared::new(hub, clock, tls),
            line,
            news: news.clone(),
            missed: Cell::new(0),
            open: Cell::new(0),
            left: Notify::new(),
            turned_away: Arc::new(Semaphore::new(TURNED_AWAY_MAX)),
        });
        desk.serve(listeners).await
    });
    served.map_err(|error| Lesson::new(format!("the server could not go on: {error}")))
}

fn nonblocking(listener: StdListener) -> std::io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

/// What all connections share.
pub(super) struct FrontDesk {
    pub(super) shared: Shared,
    line: Option<Line>,
    news: mpsc::Sender<News>,
    missed: Cell<u64>,
    /// Sockets that are open: of sessions, and of those that are over and whose last octets are on their way.
    pub(super) open: Cell<usize>,
    /// A socket was closed.
    pub(super) left: Notify,
    turned_away: Arc<Semaphore>,
}

impl FrontDesk {
    async fn serve(self: Rc<Self>, listeners: Vec<(Door, TcpListener)>) -> std::io::Result<()> {
        let mut signals = Signals::listen()?;
        let acceptors: Vec<_> = listeners
            .into_iter()
            .map(|(door, listener)| spawn_local(Rc::clone(&self).accept(door, listener)))
            .collect();
        let runner = spawn_local(Rc::clone(&self).send_on());
        self.tell(News::Ready);
        signals.stop().await;
        acceptors.iter().chain([&runner]).for_each(tokio::task::JoinHandle::abort);
        self.shared.hub.borrow_mut().stop();
        // A second signal is from somebody who does not want to wait.
        tokio::select! {
            () = self.all_left() => {}
            () = tokio::time::sleep(WIND_DOWN) => {}
            () = signals.stop() => {}
        }
        let remaining = self.shared.hub.borrow().numbers();
        remaining.into_iter().for_each(|number| self.leave(number, None));
        let waiting = self.shared.hub.borrow().waiting();
        if waiting > 0 {
            self.tell(News::Waiting(waiting));
        }
        let missed = self.missed.get();
        let told = async {
            let _ = self.news.send(News::Stopped(missed)).await;
            self.news.closed().await;
        };
        if tokio::time::timeout(WIND_DOWN, told).await.is_err() {
            // Nobody reads our output, and whoever asked us to stop should not wait for that.
            std::process::exit(0);
        }
        Ok(())
    }

    async fn accept(self: Rc<Self>, door: Door, listener: TcpListener) {
        let mut in_trouble = false;
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    in_trouble = false;
                    self.welcome(door, stream);
                }
                Err(error) => {
                    if !in_trouble {
                        self.tell(News::Trouble(format!("a connection could not be accepted: {error}")));
                    }
                    in_trouble = true;
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                }
            }
        }
    }

    fn welcome(self: &Rc<Self>, door: Door, stream: TcpStream) {
        let now = self.shared.clock.now();
        let connected = self.shared.hub.borrow_mut().connect(now, door);
        match connected {
            Ok((number, changed)) => {
                let desk = Rc::clone(self);
                self.open.set(self.open.get() + 1);
                let line = self.line.as_ref().map(|line| Pipe::dial(line, door.offer.service, now));
                let mut client = Client { number, changed, encrypted: door.offer.tls, line };
                spawn_local(async move {
                    let said = client.converse(stream, &desk.shared).await;
                    desk.leave(number, client.line.take());
                    if let Ok(stream) = said {
                        say_goodbye(stream).await;
                    }
                    desk.open.set(desk.open.get() - 1);
                    desk.left.notify_one();
                });
            }
            Err(word) => {
                if let Ok(permit) = Arc::clone(&self.turned_away).try_acquire_owned() {
                    // Whoever expects TLS could not read it.
                    let word = if door.offer.tls { String::new() } else { word };
                    spawn_local(async move {
                        turn_away(stream, word).await;
                        drop(permit);
                    });
                }
            }
        }
    }

    pub(super) fn leave(&self, number: u64, line: Option<Pipe>) {
        let now = self.shared.clock.now();
        let ended = self.shared.hub.borrow_mut().leave(now, number);
        self.tell_news();
        if let Some(mut ended) = ended {
            if let Some((cost, trace)) = line.map(|line| line.hang_up(now)) {
                ended.passed = Passed::Carried(cost, trace);
            }
            self.tell(News::Session(Box::new(ended)));
        }
    }

    pub(super) fn tell_news(&self) {
        let news = self.shared.hub.borrow_mut().news();
        news.into_iter().for_each(|what| self.tell(News::Trouble(what)));
    }

    async fn all_left(&self) {
        while self.open.get() > 0 {
            self.left.notified().await;
        }
    }

    fn tell(&self, news: News) {
        if self.news.try_send(news).is_err() {
            self.missed.set(self.missed.get() + 1);
        }
    }
}

/// The signals that ask a server to stop.
struct Signals {
    #[cfg(unix)]
    each: [tokio::signal::unix::Signal; 3],
    #[cfg(windows)]
    ctrl_c: tokio::signal::windows::CtrlC,
    #[cfg(windows)]
    ctrl_break: tokio::signal::windows::CtrlBreak,
    #[cfg(windows)]
    close: tokio::signal::windows::CtrlClose,
    #[cfg(windows)]
    shutdown: tokio::signal::windows::CtrlShutdown,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let [interrupt, terminate, hangup] =
            [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
        Ok(Self { each: [interrupt?, terminate?, hangup?] })
    }

    async fn stop(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.each;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

#[cfg(windows)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};
        Ok(Self {
            ctrl_c: ctrl_c()?,
            ctrl_break: ctrl_break()?,
            close: ctrl_close()?,
            shutdown: ctrl_shutdown()?,
        })
    }

    async fn stop(&mut self) {
        tokio::select! {
            _ = self.ctrl_c.recv() => {}
            _ = self.ctrl_break.recv() => {}
            _ = self.close.recv() => {}
            _ = self.shutdown.recv() => {}
        }
    }
}
