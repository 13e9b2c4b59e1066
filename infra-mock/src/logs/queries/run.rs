//! Runs queries on the events of log groups.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use serde_json::Value;

use crate::logs::{State, StoredEvent, StoredGroup, event_size};
use crate::time::Timestamp;

use super::language::{Aggregate, Command, Function, Group, GroupKind, Query};

/// The field that contains a pointer to the event.
pub(super) const POINTER: &str = "@ptr";

/// The unexpired events of a log group.
#[derive(Debug)]
pub(super) struct Source<'s> {
    group: Option<&'s StoredGroup>,
    /// The value of the field `@log`: the account ID and the name of the log group.
    log: String,
    oldest: u64,
}

impl<'s> Source<'s> {
    pub(super) fn new(state: &'s State, account: &str, name: &str, now: Timestamp) -> Self {
        Self {
            group: state.groups.get(name),
            log: format!("{account}:{name}"),
            oldest: state.oldest_kept(name, now),
        }
    }

    /// Returns the events in a time range.
    pub(super) fn rows(&self, range: &RangeInclusive<u64>) -> Vec<Row> {
        let Self { group, log, oldest } = self;
        let streams = group.iter().flat_map(|group| &group.streams);
        streams
            .flat_map(|(name, stream)| stream.kept(*oldest).iter().map(move |event| (name, event)))
            .filter(|(_, event)| range.contains(&event.timestamp))
            .map(|(name, event)| Row::of_event(log, name, event))
            .collect()
    }
}

/// The fields of an event or, after a `stats` command, of a group of events.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    fields: BTreeMap<String, String>,
    /// The time of the event, in milliseconds.
    time: u64,
}

impl Row {
    fn of_event(log: &str, stream: &str, event: &StoredEvent) -> Self {
        let StoredEvent { timestamp, number, ingested_at, message } = event;
        let mut fields = BTreeMap::new();
        if let Ok(json @ Value::Object(_)) = serde_json::from_str(message) {
            flatten("", &json, &mut fields);
        }
        fields.extend([
            ("@timestamp".to_owned(), shown(*timestamp)),
            ("@message".to_owned(), message.clone()),
            ("@ingestionTime".to_owned(), shown(ingested_at.millis())),
            ("@logStream".to_owned(), stream.to_owned()),
            ("@log".to_owned(), log.to_owned()),
            // AWS does not document the format of its pointers, so the mock uses its own.
            (POINTER.to_owned(), format!("{log}:{stream}:{timestamp}:{number}")),
        ]);
        Self { fields, time: *timestamp }
    }

    pub(super) fn get(&self, field: &str) -> Option<&str> {
        self.fields.get(field).map(String::as_str)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    pub(super) fn time(&self) -> u64 {
        self.time
    }

    pub(super) fn into_fields(self) -> BTreeMap<String, String> {
        self.fields
    }
}

/// Adds the fields that AWS discovers in JSON. A field's name is the dot-separated path to its
/// value.
fn flatten(path: &str, value: &Value, fields: &mut BTreeMap<String, String>) {
    let below =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| flatten(&below(name), value, fields));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(place, value)| flatten(&below(&place.to_string()), value, fields));
        }
        Value::Null => {}
        Value::String(text) => drop(fields.insert(path.to_owned(), text.clone())),
        // "1" and "0" represent true and false:
        // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
        Value::Bool(is) => drop(fields.insert(path.to_owned(), u8::from(*is).to_string())),
        Value::Number(number) => drop(fields.insert(path.to_owned(), number.to_string())),
    }
}

/// Formats a time for query results: `2026-01-01 00:00:00.000`.
fn shown(millis: u64) -> String {
    let text = Timestamp::from_millis(millis).to_string();
    format!("{}.{:03}", text.trim_end_matches('Z').replace('T', " "), millis % 1000)
}

/// Compares two values numerically if both are numbers, and as text otherwise.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => one.total_cmp(&other),
        _ => one.cmp(other),
    }
}

/// The results and statistics of a query.
#[derive(Debug, Default)]
pub(super) struct QueryResult {
    pub(super) rows: Vec<Vec<(String, String)>>,
    pub(super) scanned: u64,
    pub(super) matched: u64,
    pub(super) bytes: u64,
}

/// Runs a query on the events in a time range.
pub(super) fn run<'s>(
    query: &Query,
    sources: impl Iterator<Item = Source<'s>>,
    range: &RangeInclusive<u64>,
    default_limit: usize,
) -> QueryResult {
    let mut result = QueryResult::default();
    let mut rows = Vec::new();
    for source in sources {
        rows.extend(source.rows(range));
    }
    for row in &rows {
        result.scanned += 1;
        result.bytes += row.get("@message").map_or(0, event_size);
    }
    // If the query does not use `sort`, the newest events come first.
    rows.sort_by_key(|row| std::cmp::Reverse(row.time));
    let mut columns: Vec<(String, String)> = Vec::new();
    let (mut is_grouped, mut is_limited, mut is_replaced) = (false, false, false);
    let mut matched = None;
    for command in &query.commands {
        match command {
            Command::Fields { fields, replaces } => {
                // Later commands can refer to a field by its alias.
                for row in &mut rows {
                    for (field, name) in fields.iter().filter(|(field, name)| field != name) {
                        if let Some(value) = row.fields.get(field).cloned() {
                            row.fields.insert(name.clone(), value);
                        }
                    }
                }
                if *replaces && !is_replaced {
                    columns.clear();
                    is_replaced = true;
                }
                if *replaces || !is_replaced {
                    columns.extend(fields.iter().map(|(_, name)| (name.clone(), name.clone())));
                }
            }
            Command::Filter(condition) => rows.retain(|row| condition.holds(row)),
            Command::Sort(fields) => rows.sort_by(|one, other| order(fields, one, other)),
            Command::Limit(limit) => {
                rows.truncate(*limit);
                is_limited = true;
            }
            Command::Dedup(fields) => {
                let mut seen = BTreeSet::new();
                rows.retain(|row| {
                    let key: Vec<_> =
                        fields.iter().map(|name| row.fields.get(name).cloned()).collect();
                    seen.insert(key)
                });
            }
            Command::Stats { aggregates, by } => {
                matched.get_or_insert(rows.len());
                rows = grouped(&rows, aggregates, by);
                is_grouped = true;
                let names = by.iter().map(|group| &group.name);
                let names = names.chain(aggregates.iter().map(|aggregate| &aggregate.name));
                columns = names.map(|name| (name.clone(), name.clone())).collect();
            }
        }
    }
    let matched = matched.unwrap_or(rows.len());
    result.matched = u64::try_from(matched).unwrap_or(u64::MAX);
    if !is_limited {
        rows.truncate(default_limit);
    }
    if !is_grouped {
        if columns.is_empty() {
            columns =
                ["@timestamp", "@message"].map(|name| (name.to_owned(), name.to_owned())).into();
        }
        // Every row includes a pointer to its event:
        // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html
        columns.push((POINTER.to_owned(), POINTER.to_owned()));
    }
    let row = |row: Row| {
        let values = columns
            .iter()
            .filter_map(|(field, name)| Some((name.clone(), row.get(field)?.to_owned())));
        values.collect()
    };
    result.rows = rows.into_iter().map(row).collect();
    result
}

fn order(fields: &[(String, bool)], one: &Row, other: &Row) -> Ordering {
    let orders = fields.iter().map(|(field, descends)| {
        let order = match (one.get(field), other.get(field)) {
            (Some(one), Some(other)) => compare(one, other),
            (one, other) => one.is_some().cmp(&other.is_some()),
        };
        if *descends { order.reverse() } else { order }
    });
    orders.fold(Ordering::Equal, Ordering::then)
}

/// Returns the rows that `stats` produces: one for each combination of values of the `by` fields.
fn grouped(rows: &[Row], aggregates: &[Aggregate], by: &[Group]) -> Vec<Row> {
    let mut groups: BTreeMap<Vec<Option<String>>, Vec<&Row>> = BTreeMap::new();
    if by.is_empty() {
        groups.insert(Vec::new(), Vec::new());
    }
    for row in rows {
        let value = |group: &Group| match &group.kind {
            GroupKind::Field(field) => row.get(field).map(str::to_owned),
            GroupKind::Bin(period) => {
                let period = u64::try_from(period.as_millis()).unwrap_or(1).max(1);
                Some(shown(row.time - row.time % period))
            }
        };
        groups.entry(by.iter().map(value).collect()).or_default().push(row);
    }
    let row = |(values, rows): (Vec<Option<String>>, Vec<&Row>)| {
        let names = by.iter().map(|group| group.name.clone());
        let groups = names.zip(values).filter_map(|(name, value)| Some((name, value?)));
        let results = aggregates
            .iter()
            .filter_map(|aggregate| Some((aggregate.name.clone(), aggregate.of(&rows)?)));
        Row { fields: groups.chain(results).collect(), time: 0 }
    };
    groups.into_iter().map(row).collect()
}

impl Aggregate {
    fn of(&self, rows: &[&Row]) -> Option<String> {
        let values = || {
            let field = self.field.as_deref();
            rows.iter().filter_map(move |row| field.and_then(|field| row.get(field)))
        };
        let numbers: Vec<f64> = values().filter_map(|value| value.parse().ok()).collect();
        match self.function {
            Function::Count if self.field.is_none() => Some(rows.len().to_string()),
            Function::Count => Some(values().count().to_string()),
            Function::CountDistinct => Some(values().collect::<BTreeSet<_>>().len().to_string()),
            Function::Sum => Some(numbers.iter().sum::<f64>().to_string()),
            Function::Avg => {
                let count =
                    f64::from(u32::try_from(numbers.len()).ok().filter(|count| *count > 0)?);
                Some((numbers.iter().sum::<f64>() / count).to_string())
            }
            Function::Min => values().min_by(|one, other| compare(one, other)).map(str::to_owned),
            Function::Max => values().max_by(|one, other| compare(one, other)).map(str::to_owned),
        }
    }
}
