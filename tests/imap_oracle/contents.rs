//! What a message holds: octets, parts, sizes, dates.

use super::command::Command;
use super::rules::Rule;
use super::samples::Sample;
use super::truth::Message;
use super::visit::Moment;
use super::wire::Value;

/// All samples that sessions append.
pub const SAMPLES: usize = 60;

/// Checks one item of a FETCH response.
pub fn check(message: &mut Message, name: &str, value: &Value, moment: &mut Moment<'_>) {
    let sample = (0..SAMPLES).map(Sample::nth).find(|sample| sample.octets == message.octets);
    match name {
        "RFC822.SIZE" => {
            let right = message.octets.len() as u64;
            if value.number() != Some(right) {
                moment.fault(Rule::Size, format!("{} octets are shown for {right}", value.text()));
            }
        }
        "INTERNALDATE" => {
            if message.date.as_ref().is_some_and(|date| *date != value.text()) {
                let right = &message.date;
                moment.fault(Rule::InternalDate, format!("{} is shown for {right:?}", value.text()));
            }
            message.date = Some(value.text());
        }
        "ENVELOPE" => {
            let shown = value.list().get(1).map(Value::text);
            if sample.is_some_and(|sample| shown != Some(sample.subject)) {
                moment.fault(Rule::Structure, format!("the subject is shown as {shown:?}"));
            }
        }
        "BODYSTRUCTURE" | "BODY" => {
            let shown = part_sizes(value);
            if let Some(sample) = sample.filter(|sample| sample.part_sizes != shown) {
                moment.fault(Rule::Structure, format!("sizes {shown:?} for {:?}", sample.part_sizes));
            }
        }
        _ => {
            if let (Some(section), Some(sample)) = (name.strip_prefix("BODY["), sample) {
                check_section(&sample, section, value, moment);
            }
        }
    }
}

fn check_section(sample: &Sample, section: &str, value: &Value, moment: &mut Moment<'_>) {
    let Some((name, partial)) = section.split_once(']') else {
        return moment.fault(Rule::Grammar, "BODY[ has no end");
    };
    let Some(right) = sample.section(name) else { return };
    let first: usize =
        partial.trim_matches(['<', '>']).parse().unwrap_or(0).min(right.map_or(0, <[u8]>::len));
    let most = asked_octets(name, partial, moment.command).unwrap_or(usize::MAX);
    let right = right.map(|octets| &octets[first..octets.len().min(first.saturating_add(most))]);
    let shown = value.octets();
    if shown != right {
        let text = |octets: Option<&[u8]>| octets.map(|octets| String::from_utf8_lossy(octets).into_owned());
        moment.fault(Rule::Content, format!("BODY[{section} is {:?}, not {:?}", text(shown), text(right)));
    }
}

/// How many octets of a partial were asked for stands in the command alone: `BODY.PEEK[TEXT]<0.20>`.
fn asked_octets(section: &str, partial: &str, command: Option<&Command>) -> Option<usize> {
    let Some(Command::Fetch { items, .. }) = command else { return None };
    let first = partial.strip_suffix('>')?;
    let asked = |word: &str| {
        items
            .iter()
            .find_map(|item| item.strip_prefix(&format!("{word}[{section}]{first}."))?.strip_suffix('>'))
    };
    asked("BODY").or_else(|| asked("BODY.PEEK"))?.parse().ok()
}

/// The octets of each leaf: the seventh of its fields (RFC 3501 §7.4.2).
fn part_sizes(structure: &Value) -> Vec<usize> {
    let fields = structure.list();
    match fields.first() {
        Some(Value::List(_)) => {
            fields.iter().take_while(|field| matches!(field, Value::List(_))).flat_map(part_sizes).collect()
        }
        _ => fields.get(6).and_then(Value::number).map(|size| size as usize).into_iter().collect(),
    }
}
