//! The figures of the chapter "Tariffs and bills".

use std::collections::BTreeMap;

use maillab::desk::{Desk, Service, Trouble};
use maillab::link::tariff::{CallRecord, Tariff};
use maillab::link::tcp::LINUX;
use maillab::mail::date::Timestamp;
use maillab::measure::bill;
use maillab::measure::timeline::{Layer, Owner};
use maillab::protocol::pop3::Pop3Client;
use maillab::time::{Duration, Instant};
use maillab::units::Money;

use crate::drawn::Block;
use crate::lab;

pub fn blocks() -> Vec<Block> {
    vec![("calls-by-length", calls_by_length()), ("itemised-bill", itemised())]
}

/// What one call of each length costs, line by line.
fn calls_by_length() -> String {
    let mut text = String::from(
        "| tariff | call | units | time | rounding | set-up, minimum | total |\n|---|---:|---:|---:|---:|---:|---:|\n",
    );
    for name in ["us-att-1989-0926", "de-dtag-1995-local", "bt-local-1997", "au-local-1999"] {
        let tariff = Tariff::named(name).unwrap();
        for seconds in [20, 60, 61, 28 * 60] {
            let call = CallRecord {
                answered: Instant::START,
                ended: Instant::START + Duration::from_secs(seconds),
                bytes_up: 0,
                bytes_down: 0,
                segments: 0,
                channels: 1,
            };
            let bill = tariff.bill(Timestamp::DEFAULT_START, &call);
            assert_eq!(bill.lines().map(|(_, amount)| amount).sum::<Money>(), bill.total());
            text.push_str(&format!(
                "| `{name}` | {seconds} s | {} | {} | {} | {} | {} {} |\n",
                bill.units,
                bill.time,
                bill.rounding,
                bill.setup + bill.minimum,
                bill.total(),
                tariff.currency,
            ));
        }
    }
    text
}

async fn read_with_the_line_up(desk: Desk) -> Result<(), Trouble> {
    desk.dial().await?;
    let mut maildrop = Pop3Client::greet(desk.connect(Service::Pop3).await?).await?;
    maildrop.user_pass("alice", "secret").await?;
    for number in 1..=2 {
        maildrop.retr(number).await?;
        desk.think(Duration::from_secs(20)).await;
    }
    maildrop.quit().await?;
    desk.hang_up().await;
    Ok(())
}

/// A call in which two messages of 2,000 bytes are read with the line up: whose time, and what the line did.
fn itemised() -> String {
    let ran = lab::run("v22bis-2400", &LINUX, &[2000, 2000], read_with_the_line_up);
    let tariff = Tariff::named("us-att-1989-0926").unwrap();
    let session = bill::itemised(&ran.world, 0, tariff, Timestamp::DEFAULT_START);
    let mut sums: BTreeMap<(u8, &str, &str), (Duration, Money)> = BTreeMap::new();
    for item in session.calls.iter().flat_map(|call| &call.items) {
        let (order, owner) = match item.owner {
            Owner::SetUp(_) => (0, "set-up"),
            Owner::Connect(_) => (1, "connect"),
            Owner::Command(_, None) => (2, "commands"),
            Owner::Command(_, Some(_)) => (3, "messages"),
            Owner::Think => (4, "think"),
            Owner::Disconnect => (5, "disconnect"),
        };
        let sum = sums.entry((order, owner, layer(item.layer))).or_default();
        *sum = (sum.0 + item.time, sum.1 + item.money);
    }
    let currency = &tariff.currency;
    let mut text = format!("| whose | the line | time | {currency} |\n|---|---|---:|---:|\n");
    for ((_, owner, layer), (time, money)) in &sums {
        text.push_str(&format!("| {owner} | {layer} | {time} | {} |\n", cents(*money)));
    }
    let items: Money = sums.values().map(|(_, money)| *money).sum();
    let time: Duration = sums.values().map(|(time, _)| *time).sum();
    let call = &ran.world.journal().calls[0];
    assert_eq!(time, call.ended.unwrap() - call.dialled, "every instant of the call is in one row");
    let lines = session.lines();
    assert_eq!(items, lines.time, "the parts of C(T) add up");
    text.push_str(&format!("| *items* | | {time} | {} |\n", cents(items)));
    for (name, amount) in lines.lines().filter(|(name, amount)| *name != "time" && *amount > Money::ZERO) {
        text.push_str(&format!("| *{name}* | | | {} |\n", cents(amount)));
    }
    assert_eq!(items + (session.total() - lines.time), session.total());
    text.push_str(&format!("| **total** | | | **{}** |\n", cents(session.total())));
    text
}

fn layer(layer: Layer) -> &'static str {
    layer.name()
}

/// To a hundredth of a cent; the sum is made before.
fn cents(money: Money) -> String {
    let hundredths = (money.as_nanos() + 50_000) / 100_000;
    format!("{}.{:04}", hundredths / 10_000, hundredths % 10_000)
}
