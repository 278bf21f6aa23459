//! Placing calls, and what the plan of calls does to them: windows, drops, idle hang-up, budgets.

use std::sync::Arc;

use rand_core::Rng;

use super::call::{Call, CallEnd, Phase};
use super::journal::{CallId, Negotiation};
use super::{Event, World};
use crate::link::call::{DropWhen, Opening, Outside, Over, phases};
use crate::link::line::Transit;
use crate::time::{Duration, Instant};

/// What a workstation's calls have used so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// Calls that came up.
    calls: u32,
    /// Bytes of IP packets in this call, both ways.
    bytes: u64,
    /// The byte at which this call drops.
    drops_at: Option<u64>,
    /// When a packet was last on the line.
    busy: Instant,
}

impl World {
    /// Places a call, now or when a window opens. Nothing happens if one is up or being placed.
    pub(super) fn dial(&mut self, workstation: usize) {
        if self.workstations.get(workstation).is_none_or(|place| place.phase != Phase::Idle) {
            return;
        }
        // A line that is always there needs no window: nobody calls.
        if !self.workstations[workstation].link().call.is_dialled() {
            return self.place_call(workstation);
        }
        match (self.plan.opening(self.store.clock(Instant::START), self.now), self.plan.outside) {
            (Opening::Open { .. }, _) => self.place_call(workstation),
            (Opening::Closed { until: Some(until) }, Outside::Wait) => {
                self.workstations[workstation].phase = Phase::Waiting;
                self.schedule(until, Event::DialNow(workstation));
            }
            (Opening::Closed { .. }, _) => self.refuse_call(workstation),
        }
    }

    /// The window that a call waits for has opened.
    pub(super) fn dial_now(&mut self, workstation: usize) {
        if self.workstations.get(workstation).is_some_and(|place| place.phase == Phase::Waiting) {
            self.workstations[workstation].phase = Phase::Idle;
            self.dial(workstation);
        }
    }

    fn place_call(&mut self, workstation: usize) {
        if self.budget_left().is_some_and(|left| left == Duration::ZERO) {
            return self.refuse_call(workstation);
        }
        let setup = self.workstations[workstation].link().call.clone();
        let fails = setup.is_dialled() && self.draw_failure(workstation);
        let call = CallId(self.journal.calls.len() as u32);
        let mut began = self.now;
        let place = &mut self.workstations[workstation];
        let link = Arc::clone(place.link());
        // PPP's packets lie at the end of the billed part, which its sources include; where they need longer, it grows.
        let negotiated = place.path.negotiation(&link);
        let phases = phases(&setup, negotiated.as_deref()).into_iter().map(|(phase, span)| {
            let at = began;
            began += span;
            (phase, at)
        });
        // A call that fails rings as long as one that is answered, and then nothing trains.
        let answered = self.now + setup.unbilled;
        let phases = phases.filter(|(_, began)| !fails || *began < answered).collect();
        self.journal.calls.push(Call {
            workstation,
            dialled: self.now,
            answered: (!fails).then_some(answered),
            phases,
            up: None,
            ended: None,
            end: None,
        });
        let place = &mut self.workstations[workstation];
        place.phase = Phase::Dialling { call, fails };
        let billed = negotiated.map_or(setup.billed, |what| setup.billed.max(what.took));
        let span = if fails { setup.unbilled } else { setup.unbilled + billed };
        if span == Duration::ZERO {
            self.call_progress(workstation);
        } else {
            self.schedule(self.now + span, Event::CallProgress(workstation));
        }
    }

    /// A call that cannot be made: nobody hears a tone.
    fn refuse_call(&mut self, workstation: usize) {
        self.journal.calls.push(Call {
            workstation,
            dialled: self.now,
            answered: None,
            phases: Vec::new(),
            up: None,
            ended: Some(self.now),
            end: Some(CallEnd::Failed),
        });
    }

    fn draw_failure(&mut self, workstation: usize) -> bool {
        let by_hour = self.plan.fails_at(self.store.clock(Instant::START), self.now);
        let odds = by_hour.unwrap_or(self.workstations[workstation].link().chance.connect_fail_per_million);
        self.chance.as_mut().is_some_and(|chance| chance.calls.next_u64() % 1_000_000 < u64::from(odds))
    }

    pub(super) fn call_progress(&mut self, workstation: usize) {
        let Phase::Dialling { call, fails } = self.workstations[workstation].phase else { return };
        let record = &mut self.journal.calls[call.0 as usize];
        if fails {
            record.ended = Some(self.now);
            record.end = Some(CallEnd::Failed);
            self.workstations[workstation].phase = Phase::Idle;
            return;
        }
        record.up = Some(self.now);
        let place = &mut self.workstations[workstation];
        let link = Arc::clone(place.link());
        if let Some(what) = place.path.negotiation(&link) {
            let start = Instant::from_nanos(self.now.as_nanos().saturating_sub(what.took.as_nanos()));
            place.path.come_up(&link, start, &what);
            self.journal.negotiations.push(Negotiation { call, start, what });
        }
        place.phase = Phase::Up(call);
        self.draw_drop(workstation, call);
        self.set_limits(workstation, call);
    }

    /// When will this call drop by chance? The time to the next drop is exponential.
    fn draw_drop(&mut self, workstation: usize, call: CallId) {
        let of_link = self.workstations[workstation].link().chance.drops_per_million_hours;
        let per_million_hours = self.plan.drops_per_million_hours.unwrap_or(of_link);
        let Some(chance) = self.chance.as_mut().filter(|_| per_million_hours > 0) else { return };
        let uniform = (chance.drops.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        let hours = -libm::log(1.0 - uniform) * 1e6 / per_million_hours as f64;
        if let Some(span) = Duration::from_secs_f64(hours * 3600.0) {
            self.schedule(self.now + span, Event::CallEnds(workstation, call, CallEnd::Dropped));
        }
    }

    /// Sets what ends a call before its time.
    fn set_limits(&mut self, workstation: usize, call: CallId) {
        let (now, plan) = (self.now, Arc::clone(&self.plan));
        let usage = &mut self.workstations[workstation].usage;
        *usage = Usage { calls: usage.calls + 1, bytes: 0, drops_at: None, busy: now };
        let mut drops = Vec::new();
        for drop in plan.drops_in(usage.calls) {
            match drop {
                DropWhen::After(span) => drops.push(now + span),
                DropWhen::Byte(byte) => {
                    usage.drops_at = Some(usage.drops_at.map_or(byte, |first| first.min(byte)));
                }
            }
        }
        for at in drops {
            self.schedule(at, Event::CallEnds(workstation, call, CallEnd::Dropped));
        }
        if !self.workstations[workstation].link().call.is_dialled() {
            return;
        }
        if let Some(idle) = plan.idle {
            self.schedule(now + idle, Event::IdleCheck(workstation, call));
        }
        if let (true, Opening::Open { until: Some(until) }) =
            (plan.ends_with_window, plan.opening(self.store.clock(Instant::START), now))
        {
            self.schedule(until, Event::CallEnds(workstation, call, CallEnd::WindowClosed));
        }
        if let Some(left) = self.budget_left() {
            self.schedule(now + left, Event::CallEnds(workstation, call, CallEnd::BudgetSpent));
        }
    }

    pub(super) fn call_ends(&mut self, workstation: usize, call: CallId, end: CallEnd) {
        if self.workstations.get(workstation).is_some_and(|place| place.phase == Phase::Up(call)) {
            self.end_call(workstation, end);
        }
    }

    /// Has nothing been sent for too long?
    pub(super) fn idle_check(&mut self, workstation: usize, call: CallId) {
        let Some(idle) = self.plan.idle else { return };
        let Some(place) = self.workstations.get(workstation).filter(|place| place.phase == Phase::Up(call))
        else {
            return;
        };
        let due = place.usage.busy + idle;
        if due <= self.now {
            self.end_call(workstation, CallEnd::Idle);
        } else {
            self.schedule(due, Event::IdleCheck(workstation, call));
        }
    }

    /// A packet of a call goes on the line: it is not idle, and perhaps it drops under this packet.
    pub(super) fn carry(&mut self, workstation: usize, call: CallId, ip_octets: u32, transit: &Transit) {
        let Some(place) = self.workstations.get_mut(workstation) else { return };
        let before = place.usage.bytes;
        place.usage.bytes += u64::from(ip_octets);
        place.usage.busy = place.usage.busy.max(transit.end);
        let drops_at = place.usage.drops_at.filter(|byte| (before + 1..=place.usage.bytes).contains(byte));
        if let Some(byte) = drops_at {
            let (part, whole) = (u128::from(byte - before), u128::from(ip_octets.max(1)));
            let span = u128::from(transit.end.since(transit.start).as_nanos());
            let at = transit.start + Duration::from_nanos((span * part / whole) as u64);
            self.schedule(at, Event::CallEnds(workstation, call, CallEnd::Dropped));
        }
    }

    /// How much of the budget is left in this period; none if there is no budget that cuts.
    fn budget_left(&self) -> Option<Duration> {
        let budget = self.plan.budget.filter(|budget| budget.over == Over::Cut)?;
        let epoch = self.store.clock(Instant::START);
        let used = self.connected_in(budget.period(epoch, self.now));
        Some(budget.connected.saturating_sub(used))
    }

    /// How long calls have been connected in a period of the budget.
    fn connected_in(&self, period: i64) -> Duration {
        let Some(budget) = self.plan.budget else { return Duration::ZERO };
        let epoch = self.store.clock(Instant::START);
        let calls = self.journal.calls.iter().filter_map(|call| Some((call.answered?, call.ended)));
        calls
            .filter(|(answered, _)| *answered <= self.now && budget.period(epoch, *answered) == period)
            .map(|(answered, ended)| ended.unwrap_or(self.now).since(answered))
            .sum()
    }

    /// By how much calls went over the budget, in the period in which they did so most; zero without one.
    #[must_use]
    pub fn over_budget(&self) -> Duration {
        let Some(budget) = self.plan.budget else { return Duration::ZERO };
        let epoch = self.store.clock(Instant::START);
        let answered = self.journal.calls.iter().filter_map(|call| call.answered);
        let periods: std::collections::BTreeSet<i64> = answered.map(|at| budget.period(epoch, at)).collect();
        let over =
            periods.into_iter().map(|period| self.connected_in(period).saturating_sub(budget.connected));
        over.max().unwrap_or_default()
    }
}
