//! Calls the hosts to which mail goes on: whom and when, the hub says.

use std::rc::Rc;
use std::time::Duration as StdDuration;

use tokio::net::TcpStream;
use tokio::task::spawn_local;

use super::connection::{Client, say_goodbye, until};
use super::hub::Call;
use super::server::FrontDesk;

/// How long another host may take until it answers.
const PATIENCE: StdDuration = StdDuration::from_secs(30);

impl FrontDesk {
    /// Makes the calls that the hub wants made, for ever.
    pub(super) async fn send_on(self: Rc<Self>) {
        let shared = &self.shared;
        let came = shared.hub.borrow().mail_came();
        loop {
            let calls = shared.hub.borrow_mut().calls(shared.clock.now());
            self.tell_news();
            for call in calls {
                spawn_local(Rc::clone(&self).call(call));
            }
            let next = shared.hub.borrow().next_call();
            tokio::select! {
                () = until(next, shared.clock) => {}
                () = came.notified() => {}
            }
        }
    }

    async fn call(self: Rc<Self>, call: Call) {
        let connected = tokio::time::timeout(PATIENCE, TcpStream::connect(&call.host)).await;
        let now = self.shared.clock.now();
        let stream = match connected {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return self.not_reached(&call, &error.to_string()),
            Err(_) => return self.not_reached(&call, "no answer in time"),
        };
        let (number, changed) = self.shared.hub.borrow_mut().connected_to(now, call);
        self.open.set(self.open.get() + 1);
        let mut client = Client { number, changed, encrypted: false, line: None };
        let said = client.converse(stream, &self.shared).await;
        self.leave(number, None);
        if let Ok(stream) = said {
            say_goodbye(stream).await;
        }
        self.open.set(self.open.get() - 1);
        self.left.notify_one();
    }

    fn not_reached(&self, call: &Call, why: &str) {
        let why = format!("{} could not be reached: {why}", call.host);
        self.shared.hub.borrow_mut().not_reached(self.shared.clock.now(), call, &why);
        self.tell_news();
    }
}
