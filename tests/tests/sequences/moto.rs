//! Compares the mock with a moto server by sending the same requests to both through SDK clients.

mod accepted;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::mem;
use std::sync::{Mutex, PoisonError};

use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use infra_mock::MockAws;
use infra_mock::api::OperationId;
use proptest::test_runner::TestCaseError;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::model::{AnyStep, Clients, Memory, Outcome, Scope, operations, sequences};
use super::tree::{Difference, Tree};
use super::{listed, now, runner, runtime, sockets};

use self::accepted::{ACCEPTED, Accepted};

/// How many of every thousand drawn values are invalid on AWS. Often, only one side rejects an
/// invalid value. If the other side then makes a change, the sequence ends, so more invalid values
/// would make the sequences shorter.
const ODD: u32 = 12;

/// Members that both sides must return, but whose values are not compared.
const OPAQUE: &[&str] = &[
    "accesskeyid",
    "authorizationtoken",
    "certificateid",
    "createtime",
    "creationtime",
    "eventid",
    "groupid",
    "ingestiontime",
    "instanceprofileid",
    "lastingestiontime",
    "lastupdatedtime",
    "marker",
    "nextbackwardtoken",
    "nextforwardtoken",
    "nextsequencetoken",
    "nexttoken",
    "policyid",
    "queryid",
    "roleid",
    "servercertificateid",
    "sshpublickeyid",
    "uploadsequencetoken",
    "userid",
];

/// Lists whose order AWS does not document.
const UNORDERED: &[&str] = &[
    "accesskeymetadata",
    "attachedpolicies",
    "certificates",
    "clusterarns",
    "groups",
    "imageids",
    "imagetags",
    "instanceprofiles",
    "metricfilters",
    "mfadevices",
    "openidconnectproviderlist",
    "policygroups",
    "policynames",
    "policyroles",
    "policyusers",
    "repositories",
    "resourcepolicies",
    "roles",
    "samlproviderlist",
    "servercertificatemetadatalist",
    "sshpublickeys",
    "tags",
    "users",
    "versions",
    "virtualmfadevices",
];

/// The members that can identify an item in an unordered list.
const IDENTITIES: &[&str] = &[
    "key",
    "certificatebody",
    "serialnumber",
    "servercertificatename",
    "repositoryname",
    "rolename",
    "username",
    "groupname",
    "instanceprofilename",
    "policyname",
    "filtername",
    "imagetag",
    "versionid",
    "arn",
];

/// Returns the string that identifies an item in an unordered list.
fn identity(item: &Tree) -> Option<&str> {
    match item {
        Tree::Text(text) => Some(text),
        _ => IDENTITIES.iter().find_map(|name| item.text(name)),
    }
}

/// Returns an answer in which placeholders replace the values that may differ, and unordered lists
/// are sorted. `is_later_page` is `true` if the request contained a pagination token.
fn normalized(tree: Tree, is_later_page: bool) -> Tree {
    match tree {
        Tree::Time(_) => Tree::Word("time".to_owned()),
        Tree::List(items) => Tree::List(all_normalized(items)),
        Tree::Members(mut members) => {
            let has_token = ["marker", "nexttoken"].iter().any(|it| members.contains_key(*it));
            let is_page = is_later_page || has_token;
            for (name, value) in &mut members {
                let is_opaque = OPAQUE.contains(&name.as_str());
                *value = match mem::replace(value, Tree::Word("present".to_owned())) {
                    _ if is_opaque => continue,
                    Tree::List(items) if UNORDERED.contains(&name.as_str()) => {
                        let mut items = all_normalized(items);
                        items.sort_by(|one, other| identity(one).cmp(&identity(other)));
                        // A page of an unordered list can contain any of the items, so only the
                        // number of items is compared.
                        let count = Tree::Word(format!("{} items", items.len()));
                        if is_page { count } else { Tree::List(items) }
                    }
                    value => normalized(value, false),
                };
            }
            Tree::Members(members)
        }
        Tree::Word(_) | Tree::Text(_) => tree,
    }
}

fn all_normalized(items: Vec<Tree>) -> Vec<Tree> {
    items.into_iter().map(|item| normalized(item, false)).collect()
}

/// A difference between the mock and moto.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    operation: String,
    /// The path of the member that differs, or an empty string if either side returned an error.
    at: String,
    ours: String,
    moto: String,
}

impl Finding {
    /// Returns the index of the table entry that accepts the difference.
    fn accepted(&self) -> Option<usize> {
        ACCEPTED.iter().position(|entry| {
            matches(entry.on, &self.operation)
                && matches(entry.at, &self.at)
                && matches(entry.ours, &self.ours)
                && matches(entry.moto, &self.moto)
        })
    }
}

/// Returns whether a string matches a pattern. In the pattern, `*` stands for any text and `|`
/// separates alternatives.
fn matches(pattern: &str, text: &str) -> bool {
    pattern.split('|').any(|pattern| {
        let mut parts = pattern.split('*');
        let Some(rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
            return false;
        };
        let parts: Vec<&str> = parts.collect();
        let Some((last, between)) = parts.split_last() else { return rest.is_empty() };
        let rest = between
            .iter()
            .try_fold(rest, |rest, part| rest.find(part).map(|at| &rest[at + part.len()..]));
        rest.is_some_and(|rest| rest.ends_with(last))
    })
}

fn shown(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Answer(_) => "answer".to_owned(),
        Outcome::Refused { code, status, message } => format!("{status} {code}: {message}"),
        Outcome::Lost => "lost".to_owned(),
        Outcome::Unsent(why) => format!("unsent: {why}"),
    }
}

fn shown_value(side: Option<&Tree>) -> String {
    match side {
        None => "absent".to_owned(),
        Some(Tree::Word(word)) => word.clone(),
        Some(Tree::Text(text)) => format!("{text:?}"),
        Some(Tree::Time(time)) => time.to_string(),
        Some(Tree::List(items)) => {
            let items: Vec<String> = items.iter().map(|item| shown_value(Some(item))).collect();
            format!("[{}]", items.join(", "))
        }
        Some(Tree::Members(members)) => {
            let members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{name}: {}", shown_value(Some(value))))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
    }
}

fn findings(step: &AnyStep, ours: Outcome, moto: Outcome) -> Vec<Finding> {
    let operation = step.id().to_string();
    let (ours, moto) = match (ours, moto) {
        (Outcome::Answer(ours), Outcome::Answer(moto)) => {
            let request = step.request();
            let is_later_page = ["Marker", "nextToken"]
                .iter()
                .any(|it| request.get(it).is_some_and(Value::is_string));
            let [ours, moto] = [ours, moto].map(|answer| normalized(answer, is_later_page));
            let differences = ours.differences(&moto);
            let finding = |Difference { path, ours, theirs }| Finding {
                operation: operation.clone(),
                at: path,
                ours: shown_value(ours.as_ref()),
                moto: shown_value(theirs.as_ref()),
            };
            return differences.into_iter().map(finding).collect();
        }
        sides => sides,
    };
    if ours == moto {
        return Vec::new();
    }
    vec![Finding { operation, at: String::new(), ours: shown(&ours), moto: shown(&moto) }]
}

/// Statistics for all cases.
#[derive(Debug, Default)]
struct Tally {
    /// Three counts for each operation: steps that the mock answered, steps that the mock rejected,
    /// and steps where the sides diverged, which ended the sequence.
    steps: BTreeMap<OperationId, [usize; 3]>,
    /// Operations that moto does not implement.
    unsupported: BTreeSet<OperationId>,
    /// How many times each table entry was used.
    used: BTreeMap<usize, usize>,
    /// In a survey, the differences that the table does not accept.
    new: BTreeSet<Finding>,
}

struct Sides {
    moto: String,
    theirs: Clients,
    is_survey: bool,
    tally: Mutex<Tally>,
}

impl Sides {
    /// Runs a sequence on both sides, starting from an empty state. Stops if the sides diverge.
    async fn compare(&self, steps: &[AnyStep]) -> Result<(), TestCaseError> {
        reset(&self.moto).await;
        let mock = MockAws::new();
        let ours = Clients::new(&without_retries(&mock.sdk_config()));
        let (mut our_memory, mut their_memory) = (Memory::default(), Memory::default());
        for (at, step) in steps.iter().enumerate() {
            let theirs = step.by_sdk(&self.theirs, &mut their_memory).await;
            if is_unsupported(&theirs) {
                self.tally().unsupported.insert(step.id());
                continue;
            }
            let ours = step.by_sdk(&ours, &mut our_memory).await;
            let is_answer = [&ours, &theirs].map(|outcome| matches!(outcome, Outcome::Answer(_)));
            let diverged = is_answer[0] != is_answer[1] && step.id().changes;
            for finding in findings(step, ours, theirs) {
                if let Some(number) = finding.accepted() {
                    *self.tally().used.entry(number).or_default() += 1;
                } else if self.is_survey {
                    if self.tally().new.insert(finding.clone()) {
                        say(&format!("NEW: {step:?}\n{finding:#?}"));
                    }
                } else {
                    return Err(TestCaseError::fail(format!(
                        "step {at}, {step:?}: {finding:#?}\nof\n{}",
                        listed(&steps[..=at])
                    )));
                }
            }
            let column = if diverged { 2 } else { usize::from(!is_answer[0]) };
            self.tally().steps.entry(step.id()).or_default()[column] += 1;
            if diverged {
                break;
            }
        }
        Ok(())
    }

    fn tally(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::print_stdout, reason = "a survey prints its results")]
fn say(text: &str) {
    println!("{text}");
}

fn without_retries(config: &SdkConfig) -> SdkConfig {
    config.to_builder().retry_config(RetryConfig::disabled()).build()
}

/// Returns whether moto's outcome cannot be compared. This is the case if moto does not implement
/// the operation, if moto failed with a Python exception, or if the client could not send the
/// request.
fn is_unsupported(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Refused { status, code, .. } => {
            *status == 501 || *status == 500 && code.is_empty()
        }
        Outcome::Unsent(_) => true,
        Outcome::Answer(_) | Outcome::Lost => false,
    }
}

/// Resets a moto server.
async fn reset(url: &str) {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("the moto server listens");
    let request = format!(
        "POST /moto-api/reset HTTP/1.1\r\nhost: {address}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.expect("the server reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("the server answers");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

impl Tally {
    fn report(&self) -> String {
        let Self { steps, unsupported, used, new } = self;
        let mut text = String::from(
            "\n| operation | equal answers | equal refusals | diverged |\n|---|--:|--:|--:|\n",
        );
        for (operation, [answers, refusals, diverged]) in steps {
            let _ = writeln!(text, "| {operation} | {answers} | {refusals} | {diverged} |");
        }
        let sum = |column: usize| steps.values().map(|counts| counts[column]).sum::<usize>();
        let _ = writeln!(text, "| all | {} | {} | {} |\n", sum(0), sum(1), sum(2));
        for operation in unsupported {
            let _ = writeln!(text, "moto does not implement {operation}");
        }
        for (number, entry) in ACCEPTED.iter().enumerate() {
            let times = used.get(&number).copied().unwrap_or_default();
            let Accepted { on, at, ours, moto, source } = entry;
            let _ = writeln!(
                text,
                "accepted {times:>5} times: {on} {at} mock {ours}, moto {moto}: {source}"
            );
        }
        let _ = writeln!(text, "{} differences are not in the table", new.len());
        text
    }
}

/// A run with at least this many cases counts as full. In a full run, every operation and every
/// table entry must occur.
const FULL: u32 = 1000;

#[test]
#[ignore = "needs a moto server; run `cargo xtask differential`"]
fn moto_differs_only_where_the_table_accepts_it() {
    let moto = std::env::var("ECS_FOUNDATION_TEST_MOTO")
        .expect("`cargo xtask differential` sets the URL of moto");
    let mock = MockAws::new();
    let config = mock.sdk_config().to_builder().http_client(sockets()).endpoint_url(&moto).build();
    let sides = Sides {
        theirs: Clients::new(&without_retries(&config)),
        moto,
        is_survey: std::env::var_os("ECS_FOUNDATION_TEST_SURVEY").is_some(),
        tally: Mutex::default(),
    };
    let now = i64::try_from(now(&mock).millis()).expect("the time fits an i64");
    let runtime = runtime();
    let mut runner = runner(200);
    let cases = runner.config().cases;
    let result = runner.run(&sequences(Scope { odd: ODD, longest: 40, now }), |steps| {
        runtime.block_on(sides.compare(&steps))
    });
    let tally = sides.tally();
    say(&tally.report());
    result.unwrap_or_else(|failure| panic!("{failure}"));
    if cases >= FULL {
        let stale: Vec<_> = (0..ACCEPTED.len())
            .filter(|number| !tally.used.contains_key(number))
            .map(|number| &ACCEPTED[number])
            .collect();
        assert!(stale.is_empty(), "remove these unused entries from the table: {stale:#?}");
        for operation in operations() {
            let answered = tally.steps.get(&operation).map_or(0, |counts| counts[0]);
            assert!(
                answered > 0 || tally.unsupported.contains(&operation),
                "{operation} was never answered by both sides"
            );
        }
    }
}

#[test]
fn patterns_match_texts() {
    for (pattern, text, expected) in [
        ("", "", true),
        ("", "x", false),
        ("a*c", "abc", true),
        ("a*c", "ab", false),
        ("*", "", true),
        ("a|b*", "bc", true),
        ("*x*y", "1x2x3y", true),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern:?} {text:?}");
    }
}
