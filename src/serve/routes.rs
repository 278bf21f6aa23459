//! Where mail for other hosts goes: nowhere, unless somebody says so.
//!
//! | what is said | what is taken | where it goes |
//! |---|---|---|
//! | nothing | mail for this server's own domains | nothing leaves this machine |
//! | a route | mail for the route's domain as well, from anybody | to the route's host, at once or when it is asked for |
//! | a relay | mail for all other domains as well, from those on this machine and from those who have logged in | to the relay |

use crate::lesson::Lesson;
use crate::mail::queue::Policy;
use crate::mail::store::Store;

/// Where mail for other hosts goes, and how often it is tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routes {
    /// HOST:PORT of the host that takes mail for all domains that have no route.
    pub relay: Option<String>,
    /// Routes of single domains.
    pub routes: Vec<Route>,
    /// How often a host is tried, and when mail is given up.
    pub policy: Policy,
}

/// Where the mail of one domain goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The domain, in lower case.
    pub domain: String,
    /// HOST:PORT of the host that takes its mail; none if that host calls by itself and takes it by TURN.
    pub host: Option<String>,
    /// Its mail waits until it is asked for, by ETRN or TURN.
    pub hold: bool,
}

impl Routes {
    /// Where mail for a domain goes, if anywhere.
    #[must_use]
    pub fn host(&self, domain: &str) -> Option<&str> {
        match self.routes.iter().find(|route| route.domain.eq_ignore_ascii_case(domain)) {
            Some(route) => route.host.as_deref(),
            None => self.relay.as_deref(),
        }
    }

    /// The domains that have a route.
    #[must_use]
    pub fn domains(&self) -> Vec<String> {
        self.routes.iter().map(|route| route.domain.clone()).collect()
    }

    /// True if no mail for other hosts is taken.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.relay.is_none() && self.routes.is_empty()
    }

    /// Adds a route.
    ///
    /// # Errors
    /// A domain that has one already, or that is served here.
    pub fn add(&mut self, route: Route, own: &[String]) -> Result<(), Lesson> {
        let domain = &route.domain;
        if own.iter().any(|own| own.eq_ignore_ascii_case(domain)) {
            return Err(Lesson::new(format!("mail for {domain} is delivered here, so it goes nowhere else"))
                .hint("give a domain a route or mailboxes, not both"));
        }
        if self.routes.iter().any(|known| known.domain.eq_ignore_ascii_case(domain)) {
            return Err(
                Lesson::new(format!("{domain} has two routes")).hint("mail for a domain goes to one host")
            );
        }
        self.routes.push(Route { domain: domain.to_ascii_lowercase(), ..route });
        Ok(())
    }

    /// Tells a store's queue how often it tries, and whose mail waits to be asked for.
    pub fn prepare(&self, store: &mut Store) {
        let queue = store.queue_mut();
        queue.set_policy(self.policy);
        for route in self.routes.iter().filter(|route| route.hold) {
            queue.hold(&route.domain);
        }
    }
}

impl Route {
    /// `DOMAIN=HOST:PORT`, as the command line has it; where mail is held, `DOMAIN` alone will do.
    ///
    /// # Errors
    /// What is neither.
    pub fn read(text: &str, hold: bool) -> Result<Self, Lesson> {
        let option = if hold { "--hold" } else { "--route" };
        let (domain, host) = match text.split_once('=') {
            Some((domain, host)) => (domain, Some(checked_host(host)?)),
            None => (text, None),
        };
        let is_domain = !domain.is_empty()
            && domain.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'.');
        if !is_domain || (host.is_none() && !hold) {
            return Err(Lesson::new(format!("`{option} {text}` says no domain and where its mail goes"))
                .note("a route is DOMAIN=HOST:PORT; where mail is held for TURN, DOMAIN alone will do")
                .hint(format!("`{option} branch.example=127.0.0.1:2525`")));
        }
        Ok(Self { domain: domain.to_ascii_lowercase(), host, hold })
    }
}

/// HOST:PORT of another host.
///
/// # Errors
/// What is none: there is no port that would be right without being said.
pub fn checked_host(text: &str) -> Result<String, Lesson> {
    let is_host = text.rsplit_once(':').is_some_and(|(host, port)| {
        let is_good = |octet: u8| octet.is_ascii_graphic() && octet != b'/';
        !host.is_empty() && host.bytes().all(is_good) && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    if is_host {
        return Ok(text.to_owned());
    }
    Err(Lesson::new(format!("`{text}` is no host to send mail to"))
        .note(
            "a host is HOST:PORT, the port 1 to 65535; SMTP's own is 25, and 2525 is a usual one for trying",
        )
        .hint("`--relay 127.0.0.1:2525`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_goes_by_its_route_or_by_the_relay_or_nowhere() {
        let mut routes = Routes::default();
        assert!(routes.is_empty() && routes.host("far.example").is_none());
        routes.add(Route::read("Branch.example=127.0.0.1:2525", true).unwrap(), &[]).unwrap();
        routes.add(Route::read("turning.example", true).unwrap(), &[]).unwrap();
        assert_eq!(routes.host("BRANCH.example"), Some("127.0.0.1:2525"));
        assert_eq!(routes.host("far.example"), None);
        routes.relay = Some("[::1]:25".into());
        assert_eq!(routes.host("far.example"), Some("[::1]:25"));
        assert_eq!(routes.host("turning.example"), None, "it calls by itself");
    }

    #[test]
    fn what_is_no_route_is_answered_with_one() {
        for (text, hold) in [
            ("", true),
            ("a.example", false),
            ("a.example=", true),
            ("a.example=host", false),
            ("a.example=host:0", false),
            ("a b=host:25", false),
            ("=host:25", false),
            ("a.example=:25", false),
        ] {
            assert!(Route::read(text, hold).unwrap_err().to_string().contains("127.0.0.1:2525"), "{text}");
        }
        let mut routes = Routes::default();
        let route = || Route::read("a.example=host:25", false).unwrap();
        routes.add(route(), &["b.example".into()]).unwrap();
        assert!(routes.add(route(), &[]).unwrap_err().to_string().contains("two routes"));
        let here = Routes::default().add(route(), &["A.example".into()]);
        assert!(here.unwrap_err().to_string().contains("delivered here"));
    }
}
