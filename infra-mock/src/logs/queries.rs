//! `StartQuery`, `GetQueryResults`, `DescribeQueries` and `StopQuery`.
//!
//! A query completes immediately, unless the lag `log_query` is set. Comments that say "recorded"
//! refer to
//! <https://github.com/localstack/localstack/blob/e444d9eb21598bc9f68f370ec5121041d1e32dac/tests/aws/services/logs/test_logs_queries.snapshot.json>.

mod condition;
mod language;
mod record;
mod run;
mod token;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::logs::{
    DescribeQueriesRequest, GetQueryResultsRequest, QueryInfo, QueryStatistics, ResultField,
    StartQueryRequest, StopQueryRequest,
};
use crate::paging;
use crate::time::Timestamp;

use super::{check, long};

pub(super) use self::record::Fields;

use self::language::Query;
use self::run::Source;

/// "CloudWatch Logs Insights query results are available for 7 days":
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AnalyzingLogData.html>.
const KEPT: Duration = Duration::from_hours(7 * 24);

/// The maximum number of results per query and per response.
const MAX_RESULTS: usize = 10_000;

/// Returns the error for a query language feature that AWS supports but the mock does not.
fn not_implemented(what: &str) -> ApiError {
    let message = format!("infra-mock does not implement {what} in queries");
    ApiError::new("NotImplemented", message).with_status(501)
}

/// A query and its results.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredQuery {
    /// The query text in AWS's format, which starts with the log groups and the time range.
    text: String,
    groups: Vec<String>,
    started_at: Timestamp,
    runs_until: Timestamp,
    is_cancelled: bool,
    rows: Vec<Vec<(String, String)>>,
    scanned: u64,
    matched: u64,
    bytes: u64,
    encryption_key: Option<String>,
}

impl StoredQuery {
    fn status(&self, now: Timestamp) -> &'static str {
        if self.is_cancelled {
            "Cancelled"
        } else if now < self.runs_until {
            "Running"
        } else {
            "Complete"
        }
    }
}

/// Starts a query on log groups.
impl Operation for StartQueryRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        if let Some(language @ ("SQL" | "PPL")) = self.query_language.as_deref() {
            return Err(not_implemented(&format!("the language {language}")));
        }
        let groups =
            groups(call, self.log_group_name, self.log_group_names, self.log_group_identifiers)?;
        let (start, end) = (self.start_time.unwrap_or_default(), self.end_time.unwrap_or_default());
        if start > end {
            // AWS's message is not publicly documented.
            return Err(check::invalid("Start time must not be after end time."));
        }
        let text = self.query_string.unwrap_or_default();
        let query = Query::parse(&text)?;
        let account = &call.caller.location.account_id;
        if let Some(gone) = groups.iter().find(|name| !call.world_has_group(name)) {
            // This is the recorded message without the request ID and the `Proxy` field.
            return Err(ApiError::new(
                "ResourceNotFoundException",
                format!(
                    "Log group '{gone}' does not exist for account ID '{account}' (Service: AWSLogs; Status Code: 400; \
                     Error Code: ResourceNotFoundException)"
                ),
            ));
        }
        let (now, account) = (call.now, account.to_string());
        let seconds = |time: i64| u64::try_from(time).unwrap_or_default();
        let range = seconds(start).saturating_mul(1000)
            ..=seconds(end).saturating_mul(1000).saturating_add(999);
        let limit = self.limit.and_then(|limit| usize::try_from(limit).ok());
        let id = call.world.ids.uuid();
        let runs_until = now.after(call.world.lag.log_query);
        let state = call.logs();
        let sources = groups.iter().map(|name| Source::new(state, &account, name, now));
        let result = run::run(&query, sources, &range, limit.unwrap_or(MAX_RESULTS));
        let quoted: Vec<String> = groups.iter().map(|name| format!("\"{name}\"")).collect();
        let stored = StoredQuery {
            // This format was recorded for a query on one log group.
            text: format!("SOURCE {} START={start}000 END={end}999 | {text}", quoted.join(" ")),
            groups,
            started_at: now,
            runs_until,
            is_cancelled: false,
            rows: result.rows,
            scanned: result.scanned,
            matched: result.matched,
            bytes: result.bytes,
            encryption_key: state.query_results_key.clone(),
        };
        state.queries.retain(|_, query| now.since(query.started_at) < KEPT);
        state.queries.insert(id.clone(), stored);
        Ok(Self::Output { query_id: id })
    }
}

impl Call<'_> {
    fn world_has_group(&self, name: &str) -> bool {
        self.logs_seen().is_some_and(|logs| logs.groups.contains_key(name))
    }
}

/// Returns the log groups that a query searches. Exactly one of `name`, `names` and `identifiers`
/// must be given.
fn groups(
    call: &Call<'_>,
    name: Option<String>,
    names: Option<Vec<String>>,
    identifiers: Option<Vec<String>>,
) -> ApiResult<Vec<String>> {
    const MAX_GROUPS: usize = 50;
    let groups = match (name, names, identifiers) {
        (Some(name), None, None) => vec![name],
        (None, Some(names), None) => names,
        (None, None, Some(identifiers)) => {
            let groups = identifiers.iter().map(|id| check::group_of_identifier(call, id));
            groups.collect::<ApiResult<_>>()?
        }
        // The rule comes from the service model; AWS's message is not publicly documented.
        _ => {
            return Err(check::invalid(
                "Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be specified.",
            ));
        }
    };
    if groups.is_empty() || groups.len() > MAX_GROUPS {
        // The quota comes from the service model; AWS's message is not publicly documented.
        return Err(check::invalid("A query must have 1 to 50 log groups."));
    }
    Ok(groups)
}

fn no_query() -> ApiError {
    // The error code comes from the service model; AWS's message is not publicly documented.
    ApiError::new("ResourceNotFoundException", "The specified query does not exist.")
}

#[expect(clippy::cast_precision_loss, reason = "event and byte counts stay below 2^53")]
fn number(number: u64) -> f64 {
    number as f64
}

/// Returns the results of a query.
impl Operation for GetQueryResultsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let id = self.query_id.unwrap_or_default();
        let now = call.now;
        let query = call.logs().queries.get(&id).ok_or_else(no_query)?;
        let status = query.status(now);
        if status != "Complete" {
            return Ok(Self::Output {
                query_language: "CWLI".to_owned(),
                status: status.to_owned(),
                encryption_key: query.encryption_key.clone(),
                ..Self::Output::default()
            });
        }
        let size = self.max_items.and_then(|items| usize::try_from(items).ok());
        let rows =
            (0..).zip(&query.rows).map(|(place, row): (u64, _)| (format!("{place:020}"), row));
        let listing = format!("query {id}");
        let token = self.next_token.as_deref();
        let size = size.filter(|size| *size > 0).unwrap_or(MAX_RESULTS);
        let page = paging::page(&listing, rows, |(key, _)| key, token, size)
            .map_err(|_| check::bad_token())?;
        let shown = |(field, value): &(String, String)| ResultField {
            field: field.clone(),
            value: value.clone(),
        };
        let rows = page.items.into_iter().map(|(_, row)| row.iter().map(shown).collect());
        Ok(Self::Output {
            query_language: "CWLI".to_owned(),
            results: rows.collect(),
            statistics: QueryStatistics {
                records_matched: Some(number(query.matched)),
                records_scanned: Some(number(query.scanned)),
                estimated_records_skipped: Some(0.0),
                bytes_scanned: Some(number(query.bytes)),
                estimated_bytes_skipped: Some(0.0),
                log_groups_scanned: Some(number(query.groups.len().try_into().unwrap_or(0))),
                ..QueryStatistics::default()
            },
            status: status.to_owned(),
            encryption_key: query.encryption_key.clone(),
            next_token: page.next_token,
        })
    }
}

/// Describes queries, newest first.
impl Operation for DescribeQueriesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        const PAGE: usize = 1000;
        let Self { log_group_name: group, status, max_results, next_token, query_language } = self;
        if group.as_ref().is_some_and(|name| !call.world_has_group(name)) {
            return Err(super::no_group());
        }
        let now = call.now;
        let wanted = |query: &StoredQuery| {
            group.as_ref().is_none_or(|name| query.groups.contains(name))
                && status.as_deref().is_none_or(|status| status == query.status(now))
                && query_language.as_deref().is_none_or(|language| language == "CWLI")
        };
        let queries = call.logs().queries.iter().filter(|(_, query)| wanted(query));
        let mut queries: Vec<(String, QueryInfo)> = queries
            .map(|(id, query)| {
                let key = format!("{:020} {id}", u64::MAX - query.started_at.millis());
                let info = QueryInfo {
                    query_language: "CWLI".to_owned(),
                    query_id: id.clone(),
                    query_string: query.text.clone(),
                    status: query.status(now).to_owned(),
                    create_time: long(query.started_at.millis()),
                    log_group_name: query.groups.first().cloned(),
                    ..QueryInfo::default()
                };
                (key, info)
            })
            .collect();
        queries.sort_by(|(one, _), (other, _)| one.cmp(other));
        let listing = format!("queries {group:?} {status:?} {query_language:?}");
        let size = max_results.and_then(|size| usize::try_from(size).ok()).unwrap_or(PAGE);
        let page = paging::page(&listing, queries, |(key, _)| key, next_token.as_deref(), size)
            .map_err(|_| check::bad_token())?;
        Ok(Self::Output {
            queries: page.items.into_iter().map(|(_, info)| info).collect(),
            next_token: page.next_token,
        })
    }
}

/// Stops a query.
impl Operation for StopQueryRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let now = call.now;
        let query = call.logs().queries.get_mut(&self.query_id.unwrap_or_default());
        let query = query.ok_or_else(no_query)?;
        if query.status(now) != "Running" {
            // "If the query has already ended, the operation returns an error indicating that the specified query is not
            // running": https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StopQuery.html
            return Err(check::invalid("The specified query is not running."));
        }
        query.is_cancelled = true;
        Ok(Self::Output { success: true })
    }
}
