//! `:bill`: what the calls cost if they ended now, line by line.

use std::fmt::Write as _;

use super::{WIDE, lasting};
use crate::measure::bill::{self, Item};
use crate::measure::timeline::Owner;
use crate::script::{Hand, text};
use crate::units::Money;

pub(super) fn bill(hand: &Hand, width: usize) -> String {
    let bill = bill::itemised(hand.world(), hand.workstation(), hand.tariff(), hand.start());
    let currency = &hand.tariff().currency;
    let mut told = super::wrapped(&format!("{}: {}\n", hand.tariff().name, hand.tariff().title), width);
    if hand.is_free_of_charge(hand.workstation()) {
        told.push_str("this line is always there, and the tariff is for calls: nothing is charged\n");
        return told;
    }
    if bill.calls.is_empty() {
        told.push_str("no call has been answered yet: nothing is charged\n");
    }
    for (nth, call) in bill.calls.iter().enumerate() {
        let _ = writeln!(told, "call {}", nth + 1);
        let mut before = None;
        for item in &call.items {
            let owner = if before == Some(item.owner) { String::new() } else { owner(hand, item.owner) };
            before = Some(item.owner);
            line(&mut told, &owner, item, width);
        }
        let lines = call.bill.lines().filter(|(_, money)| *money != Money::ZERO);
        for (line, money) in lines {
            let column = if width < WIDE { 25 } else { 51 };
            let _ = writeln!(told, "  {line:<column$} {:>11}", money.to_string());
        }
    }
    let sum = format!("in all {} {currency}, for {} bought\n", bill.total(), bill.billed());
    told.push_str(&super::wrapped(&sum, width));
    told
}

fn line(told: &mut String, owner: &str, item: &Item, width: usize) {
    let (layer, time, money) = (item.layer.name(), lasting(item.time), item.money.to_string());
    let _ = if width < WIDE {
        if !owner.is_empty() {
            let short: String = owner.chars().take(width - 2).collect();
            let _ = writeln!(told, "  {short}");
        }
        writeln!(told, "    {layer:<11} {time:>9} s {money:>11}")
    } else {
        let short: String = owner.chars().take(24).collect();
        writeln!(told, "  {short:<24} {layer:<14} {time:>9} s {money:>11}")
    };
}

fn owner(hand: &Hand, owner: Owner) -> String {
    match owner {
        Owner::Command(command, _) => hand
            .world()
            .journal()
            .commands
            .get(command.0 as usize)
            .map_or_else(|| "a command".to_owned(), |command| text::escaped(&command.text)),
        Owner::SetUp(phase) => format!("set-up: {}", phase.name()),
        Owner::Connect(_) => "connect".to_owned(),
        Owner::Think => "think".to_owned(),
        Owner::Disconnect => "disconnect".to_owned(),
    }
}
