//! Presets from their data file.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use toml::Spanned;

use super::stages::{STAGES, Stage};
use super::{CheckValues, Preset};
use crate::config::{Document, Number};
use crate::lesson::{Lesson, nearest};
use crate::link::sourced::{Confidence, expand};
use crate::link::spec::{CallSetup, Chance};
use crate::time::Duration;
use crate::units::BitRate;

const LINKS: &str = include_str!("../../../data/links.toml");

static BUILT_IN: LazyLock<Result<Vec<Preset>, Lesson>> = LazyLock::new(|| read(LINKS, "data/links.toml"));

/// The presets of the data file.
pub(super) fn built_in() -> Result<&'static [Preset], Lesson> {
    BUILT_IN.as_deref().map_err(Lesson::clone)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "format")]
    _format: String,
    link: Vec<Row>,
    sources: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: Spanned<String>,
    title: String,
    era: String,
    down_bps: Spanned<u64>,
    up_bps: Spanned<u64>,
    raw_bps: Option<Spanned<u64>>,
    #[serde(default)]
    rate_ladder_bps: Vec<u64>,
    one_way_latency_ms: Number,
    jitter_ms: Number,
    rtt_min_ms: Option<Number>,
    rtt_max_ms: Option<Number>,
    setup_s: Number,
    setup_unbilled_s: Number,
    setup_billed_s: Number,
    #[serde(default)]
    billed_from_dial: bool,
    billed_by: Option<String>,
    billed_channels: Option<u32>,
    framing: Spanned<String>,
    ip_framing: Option<Spanned<String>>,
    line_bits_per_byte: Number,
    compression: Spanned<String>,
    compression_text: Number,
    compression_base64: Number,
    mtu: u32,
    max_in_flight_bytes: Option<u32>,
    duplex: Spanned<Duplex>,
    turnaround_ms: Option<Number>,
    #[serde(default)]
    store_and_forward: bool,
    connect_fail: Number,
    drop_per_hour: Number,
    ber: Option<Number>,
    retrain_per_hour: Option<Number>,
    retrain_s: Option<Number>,
    confidence: Confidence,
    source: Vec<String>,
    note: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Duplex {
    Full,
    Half,
}

/// Reads presets from `text`, called `file` in messages.
pub(super) fn read(text: &str, file: &str) -> Result<Vec<Preset>, Lesson> {
    let document = Document::new(file, text);
    document.check_format("maillab-links", 1)?;
    let File { link, sources, .. } = document.read()?;
    let mut presets: Vec<Preset> = Vec::with_capacity(link.len());
    for row in link {
        if presets.iter().any(|known| known.name == *row.name.get_ref()) {
            let what = format!("there are two links `{}`", row.name.get_ref());
            return Err(document.lesson(row.name.span(), what, "each name once"));
        }
        presets.push(preset(&document, row, &sources)?);
    }
    Ok(presets)
}

fn preset(document: &Document<'_>, row: Row, sources: &BTreeMap<String, String>) -> Result<Preset, Lesson> {
    let call = CallSetup {
        unbilled: document.seconds(&row.setup_unbilled_s)?,
        billed: document.seconds(&row.setup_billed_s)?,
        billed_from_dial: row.billed_from_dial,
        channels: row.billed_channels.unwrap_or(1),
    };
    if document.seconds(&row.setup_s)? != call.total() {
        let allowed = "setup_unbilled_s + setup_billed_s";
        return Err(document.lesson(row.setup_s.span(), "the parts of the set-up do not add up", allowed));
    }
    Ok(Preset {
        rate_down: rate(document, &row.down_bps)?,
        rate_up: rate(document, &row.up_bps)?,
        delay: document.millis(&row.one_way_latency_ms)?,
        stages: stages(document, &row)?,
        chance: chance(document, &row)?,
        check: check_values(document, &row)?,
        call,
        mtu: row.mtu,
        billed_by: row.billed_by,
        sources: expand(&row.source, sources),
        confidence: row.confidence,
        name: row.name.into_inner(),
        title: row.title,
        era: row.era,
        note: row.note,
    })
}

/// The stages of a row, from the framing of IP packets to the channel.
fn stages(document: &Document<'_>, row: &Row) -> Result<Vec<&'static Stage>, Lesson> {
    let mut words = Vec::new();
    if let Some(ip_framing) = &row.ip_framing {
        words.extend([(ip_framing.get_ref().as_str(), ip_framing.span()), ("async-8n1", row.framing.span())]);
    }
    if row.compression.get_ref() != "none" {
        words.push((row.compression.get_ref(), row.compression.span()));
    }
    if row.framing.get_ref() != "async-8n1" {
        words.push((row.framing.get_ref(), row.framing.span()));
    } else if row.ip_framing.is_none() {
        let what = "an asynchronous line needs `ip_framing`";
        return Err(document.lesson(row.framing.span(), what, "add `ip_framing = \"slip\"` or `\"ppp\"`"));
    }
    if *row.duplex.get_ref() == Duplex::Half {
        words.push(("half-duplex", row.duplex.span()));
    }
    let find = |(word, span)| {
        STAGES.iter().find(|stage| stage.name == word).ok_or_else(|| {
            let lesson = document.lesson(span, format!("there is no stage `{word}`"), "a stage of a link");
            match nearest(word, STAGES.iter().map(|stage| stage.name)) {
                Some(near) => lesson.hint(format!("did you mean `{near}`?")),
                None => lesson,
            }
        })
    };
    words.into_iter().map(find).collect()
}

fn chance(document: &Document<'_>, row: &Row) -> Result<Chance, Lesson> {
    let narrow = |nanos: u64| u32::try_from(nanos).unwrap_or(u32::MAX);
    let bit_errors = row.ber.as_ref().map_or(Ok(0), |ber| document.decimal(ber, 1))?;
    let hourly = |number: &Option<Number>| {
        number.as_ref().map_or(Ok(0), |number| Ok(document.decimal(number, 1000)? / 1000))
    };
    Ok(Chance {
        connect_fail_per_million: narrow(document.decimal(&row.connect_fail, 1)? / 1000),
        drops_per_million_hours: document.decimal(&row.drop_per_hour, 1000)? / 1000,
        jitter: document.millis(&row.jitter_ms)?,
        bit_errors_per_billion: narrow(bit_errors),
        retrains_per_million_hours: hourly(&row.retrain_per_hour)?,
        retrain: row.retrain_s.as_ref().map_or(Ok(Duration::ZERO), |seconds| document.seconds(seconds))?,
    })
}

fn check_values(document: &Document<'_>, row: &Row) -> Result<CheckValues, Lesson> {
    let thousandths =
        |number| Ok(u32::try_from(document.decimal(number, 1000)? / 1_000_000).unwrap_or(u32::MAX));
    let round_trip = match (&row.rtt_min_ms, &row.rtt_max_ms) {
        (Some(min), Some(max)) => Some((document.millis(min)?, document.millis(max)?)),
        _ => None,
    };
    Ok(CheckValues {
        line_bits_per_kilobyte: thousandths(&row.line_bits_per_byte)?,
        compression_text_permille: thousandths(&row.compression_text)?,
        compression_base64_permille: thousandths(&row.compression_base64)?,
        round_trip,
        raw_rate: row.raw_bps.as_ref().map(|raw| rate(document, raw)).transpose()?,
        rate_ladder: row.rate_ladder_bps.clone(),
        turnaround: row.turnaround_ms.as_ref().map_or(Ok(Duration::ZERO), |ms| document.millis(ms))?,
        max_in_flight_bytes: row.max_in_flight_bytes,
        store_and_forward: row.store_and_forward,
    })
}

fn rate(document: &Document<'_>, bits_per_second: &Spanned<u64>) -> Result<BitRate, Lesson> {
    BitRate::new(*bits_per_second.get_ref())
        .ok_or_else(|| document.lesson(bits_per_second.span(), "this is no rate", "1 to 10^12 bit/s"))
}
