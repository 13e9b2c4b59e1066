//! Handles requests to the mock's own paths, under `/_mock/`, by calling methods of [`MockAws`].

use std::collections::BTreeMap;
use std::error::Error;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use infra_core::arn::{AccountId, Region};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::Service;
use crate::ecs::Script;
use crate::external_change::{ExternalChange, ExternalChangeError};
use crate::faults::Rule;
use crate::mock::MockAws;
use crate::snapshot::SnapshotError;
use crate::time::Timestamp;
use crate::wire::operations;

use super::guard::Refusal;

type Answer = Response<Full<Bytes>>;
type Act = fn(&MockAws, &[u8]) -> Result<String, Problem>;

/// The name, method and handler of every path under `/_mock/`.
const ROUTES: &[(&str, &str, Act)] = &[
    ("health", "GET", health),
    ("calls", "GET", calls),
    ("reset", "POST", reset),
    ("faults", "GET", faults),
    ("faults", "PUT", set_faults),
    ("faults", "POST", add_faults),
    ("faults", "DELETE", clear_faults),
    ("lag", "GET", lag),
    ("lag", "PUT", set_lag),
    ("containers", "PUT", set_containers),
    ("clock", "GET", clock),
    ("clock", "POST", advance),
    ("save", "POST", save),
    ("load", "POST", load),
    ("seed", "POST", seed),
];

/// The end of the year 9999. AWS's clients cannot parse later times.
const END_OF_TIME: Timestamp = Timestamp::from_millis(253_402_300_799_999);

/// The reason why a request to one of the mock's own paths failed.
struct Problem {
    status: StatusCode,
    error: String,
    help: Option<String>,
}

impl Problem {
    fn new(status: StatusCode, error: &impl ToString) -> Self {
        Self { status, error: error.to_string(), help: None }
    }

    fn bad(error: &impl ToString, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..Self::new(StatusCode::BAD_REQUEST, error) }
    }
}

impl From<SnapshotError> for Problem {
    fn from(error: SnapshotError) -> Self {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            error: format!("{error}{cause}"),
            help: Some(error.hint()),
        }
    }
}

/// Returns the response if the request is for one of the mock's own paths.
pub(super) fn answer(mock: &MockAws, request: &Parts, body: &[u8]) -> Option<Answer> {
    let name = request.uri.path().strip_prefix("/_mock/")?;
    let methods =
        || ROUTES.iter().filter(|(route, ..)| *route == name).map(|(_, method, _)| *method);
    let route =
        ROUTES.iter().find(|(route, method, _)| *route == name && *method == request.method);
    let result = match route {
        Some((.., act)) => act(mock, body),
        None if methods().next().is_none() => {
            let error = format!("the mock has no path /_mock/{name}");
            Err(Problem::new(StatusCode::NOT_FOUND, &error))
        }
        None => {
            let allowed = methods().collect::<Vec<_>>().join(", ");
            let error = format!("/_mock/{name} only accepts {allowed}");
            let mut answer = written(Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, &error)));
            if let Ok(allowed) = HeaderValue::from_str(&allowed) {
                answer.headers_mut().insert(ALLOW, allowed);
            }
            return Some(answer);
        }
    };
    Some(written(result))
}

/// Returns the response to a request that the guard rejects.
pub(super) fn refused(refusal: &Refusal) -> Answer {
    let problem = Problem::new(StatusCode::FORBIDDEN, refusal);
    written(Err(Problem { help: Some(refusal.help()), ..problem }))
}

fn written(result: Result<String, Problem>) -> Answer {
    let (status, body) = match result {
        Ok(body) => (StatusCode::OK, body),
        Err(Problem { status, error, help }) => {
            let mut body = json!({ "error": error });
            if let Some(help) = help {
                body["help"] = help.into();
            }
            (status, body.to_string())
        }
    };
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

fn text(value: &impl Serialize) -> Result<String, Problem> {
    let failed = |error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, &error);
    serde_json::to_string(value).map_err(failed)
}

fn read<T: DeserializeOwned>(body: &[u8], example: &str) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|error| Problem::bad(&error, format!("send a JSON body, for example {example}")))
}

fn health(_: &MockAws, _: &[u8]) -> Result<String, Problem> {
    text(&json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "services": Service::ALL.map(Service::id),
        "operations": operations().map(|known| known.to_string()).collect::<Vec<_>>(),
    }))
}

fn calls(mock: &MockAws, _: &[u8]) -> Result<String, Problem> {
    text(&mock.journal())
}

fn reset(mock: &MockAws, _: &[u8]) -> Result<String, Problem> {
    mock.reset()?;
    text(&json!({ "status": "reset" }))
}

fn faults(mock: &MockAws, _: &[u8]) -> Result<String, Problem> {
    text(&mock.faults().iter().map(ToString::to_string).collect::<Vec<_>>())
}

/// Reads fault rules. If any rule is invalid, all of them are rejected.
fn read_rules(body: &[u8]) -> Result<Vec<Rule>, Problem> {
    let rules: Vec<String> = read(body, r#"["throttle%5", "delay=20ms@reads"]"#)?;
    let rule = |text: String| text.parse::<Rule>().map_err(|why| Problem::bad(&why, why.hint()));
    rules.into_iter().map(rule).collect()
}

fn set_faults(mock: &MockAws, body: &[u8]) -> Result<String, Problem> {
    mock.set_faults(read_rules(body)?);
    faults(mock, body)
}

fn add_faults(mock: &MockAws, body: &[u8]) -> Result<String, Problem> {
    read_rules(body)?.into_iter().for_each(|rule| mock.add_fault(rule));
    faults(mock, body)
}

fn clear_faults(mock: &MockAws, body: &[u8]) -> Result<String, Problem> {
    mock.clear_faults();
    faults(mock, body)
}

fn lag(mock: &MockAws, _: &[u8]) -> Result<String, Problem> {
    let kinds = mock.lag().kinds();
    let kinds = kinds.map(|(kind, time)| (kind, humantime::format_duration(time).to_string()));
    text(&BTreeMap::from(kinds))
}

fn set_lag(mock: &MockAws, body: &[u8]) -> Result<String, Problem> {
    const EXAMPLE: &str = r#"{"iam-propagation": "30s"}"#;
    let given: BTreeMap<String, String> = read(body, EXAMPLE)?;
    let mut lag = mock.lag();
    for (kind, time) in given {
        lag.set(&format!("{kind}={time}")).map_err(|why| Problem::bad(&why, EXAMPLE))?;
    }
    mock.set_lag(lag)?;
    self::lag(mock, body)
}

fn set_containers(mock: &MockAws, body: &[u8]) -> Result<String, Problem> {
    /// The simulated behavior of all containers with a given name.
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
    struct Container {
        exit_code: Option<i32>,
        after: Option<String>,
        lines: Vec<String>,
    }
    const EXAMPLE: &str =
        r#"{"web": {"exit-code": 1, "after": "20s", "lines": ["cannot connect to the database"]}}"#;
    let given: BTreeMap<String, Container> = read(body, EXAMPLE)?;
    let mut scripts = Vec::new();
    for (name, Container { exit_code, after, lines }) in given {
        let mut script = exit_code.map_or_else(Script::runs, Script::exits);
        if let Some(after) = after {
            let time =
                humantime::parse_duration(&after).map_err(|why| Problem::bad(&why, EXAMPLE))?;
            script = script.after(time);
        }
        scripts.push((name, lines.into_iter().fold(script, Script::prints)));
    }
    for (name, script) in scripts {
        mock.on_container(&name, script);
    }
    Ok("{}".to_owned())
}

fn clock(mock: &MockAws, _: &[u8]) -> Result<String, Problem> {
    let now = mock.now();
    text(&json!({ "now": now.to_string(), "millis": now.millis() }))
}

fn advance(mock: &MockAws, body: &[u8]) -> Result<String, Problem> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Advance {
        advance: String,
    }
    const EXAMPLE: &str = r#"{"advance": "2m"}"#;
    let Advance { advance } = read(body, EXAMPLE)?;
    let by = humantime::parse_duration(&advance).map_err(|why| Problem::bad(&why, EXAMPLE))?;
    if mock.now().after(by) > END_OF_TIME {
        return Err(Problem::bad(&"the clock cannot move beyond the year 9999", EXAMPLE));
    }
    if !mock.advance(by) {
        let error = "the mock's clock is running and cannot be moved";
        let help = "start the mock with a frozen clock: `mock serve --clock frozen`";
        return Err(Problem {
            help: Some(help.to_owned()),
            ..Problem::new(StatusCode::CONFLICT, &error)
        });
    }
    clock(mock, body)
}

fn save(mock: &MockAws, _: &[u8]) -> Result<String, Problem> {
    let path = mock.save()?.ok_or_else(no_file)?;
    text(&json!({ "status": "saved", "file": path.display().to_string() }))
}

fn load(mock: &MockAws, _: &[u8]) -> Result<String, Problem> {
    let path = mock.load()?.ok_or_else(no_file)?;
    text(&json!({ "status": "loaded", "file": path.display().to_string() }))
}

fn no_file() -> Problem {
    let help = "start the mock with a snapshot file: `mock serve --snapshot FILE`";
    let error = "the mock has no snapshot file";
    Problem { help: Some(help.to_owned()), ..Problem::new(StatusCode::CONFLICT, &error) }
}

/// The account and region in which to make an external change. The defaults are the mock's own
/// account and region.
#[derive(Default, Deserialize)]
struct Place {
    account: Option<AccountId>,
    region: Option<Region>,
}

fn seed(mock: &MockAws, body: &[u8]) -> Result<String, Problem> {
    const EXAMPLE: &str =
        r#"{"image": {"repository": "shop-dev-app", "tag": "v1"}, "region": "eu-west-1"}"#;
    let mut body: serde_json::Map<String, Value> = read(body, EXAMPLE)?;
    let place =
        ["account", "region"].map(|name| (name.to_owned(), body.remove(name).unwrap_or_default()));
    let wrong = |why: serde_json::Error| Problem::bad(&why, format!("for example {EXAMPLE}"));
    let Place { account, region } =
        serde_json::from_value(Value::Object(place.into_iter().collect())).map_err(wrong)?;
    let seed: ExternalChange = serde_json::from_value(Value::Object(body)).map_err(wrong)?;
    let own = &mock.caller().location;
    let region = region.unwrap_or_else(|| own.region.clone());
    let account_id = account.unwrap_or_else(|| own.account_id.clone());
    mock.at(&mock.location(account_id, region)).seed(&seed).map_err(|error| match error {
        ExternalChangeError::Refused(why) => Problem::new(StatusCode::CONFLICT, &why),
        ExternalChangeError::Snapshot(why) => why.into(),
    })?;
    text(&json!({ "status": "seeded" }))
}
