//! The mock and a moto server, side by side, by the same SDK clients.

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
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::model::{AnyStep, Clients, Memory, Outcome, Scope, operations, sequences};
use super::tree::{Difference, Tree};
use super::{listed, now, runner, runtime, sockets};

use self::accepted::{ACCEPTED, Accepted};

/// How many of a thousand values are such as AWS refuses. A sequence ends where one side did what the other refused,
/// so many of them make short sequences.
const ODD: u32 = 12;

/// Members that each side fills with what it likes: they only have to be there on both.
const OPAQUE: &[&str] = &[
    "authorizationtoken",
    "creationtime",
    "ingestiontime",
    "lastingestiontime",
    "marker",
    "nextbackwardtoken",
    "nextforwardtoken",
    "nextsequencetoken",
    "nexttoken",
    "policyid",
    "roleid",
    "uploadsequencetoken",
];

/// Lists that AWS gives in no order that it speaks of.
const UNORDERED: &[&str] = &["clusterarns", "repositories", "roles", "tags"];

/// What tells an item of such a list from the others.
fn identity(item: &Tree) -> Option<&str> {
    match item {
        Tree::Text(text) => Some(text),
        _ => ["key", "repositoryname", "rolename"].iter().find_map(|name| item.text(name)),
    }
}

/// An answer without what cannot be equal.
fn without_chance(tree: Tree) -> Tree {
    match tree {
        Tree::Time(_) => Tree::Word("time".to_owned()),
        Tree::List(items) => Tree::List(items.into_iter().map(without_chance).collect()),
        Tree::Members(mut members) => {
            let is_page = ["marker", "nexttoken"].iter().any(|it| members.contains_key(*it));
            for (name, value) in &mut members {
                let is_opaque = OPAQUE.contains(&name.as_str());
                *value = match mem::replace(value, Tree::Word("there".to_owned())) {
                    _ if is_opaque => continue,
                    Tree::List(items) if UNORDERED.contains(&name.as_str()) => {
                        let mut items: Vec<Tree> = items.into_iter().map(without_chance).collect();
                        items.sort_by(|one, other| identity(one).cmp(&identity(other)));
                        // What is on a page of it is chance.
                        let count = Tree::Word(format!("{} of them", items.len()));
                        if is_page { count } else { Tree::List(items) }
                    }
                    value => without_chance(value),
                };
            }
            Tree::Members(members)
        }
        Tree::Word(_) | Tree::Text(_) => tree,
    }
}

/// One thing that the two sides say otherwise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    operation: String,
    /// Where in an answer; empty where one side refuses.
    at: String,
    ours: String,
    moto: String,
}

impl Finding {
    /// Which entry of the table accepts it.
    fn accepted(&self) -> Option<usize> {
        ACCEPTED.iter().position(|entry| {
            like(entry.on, &self.operation)
                && like(entry.at, &self.at)
                && like(entry.ours, &self.ours)
                && like(entry.moto, &self.moto)
        })
    }
}

/// Whether a text is of that pattern, in which `*` stands for any text and `|` stands between alternatives.
fn like(pattern: &str, text: &str) -> bool {
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

fn said(side: Option<&Tree>) -> String {
    match side {
        None => "absent".to_owned(),
        Some(Tree::Word(word)) => word.clone(),
        Some(Tree::Text(text)) => format!("{text:?}"),
        Some(Tree::Time(time)) => time.to_string(),
        Some(Tree::List(items)) => {
            let items: Vec<String> = items.iter().map(|item| said(Some(item))).collect();
            format!("[{}]", items.join(", "))
        }
        Some(Tree::Members(members)) => {
            let members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{name}: {}", said(Some(value))))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
    }
}

fn findings(step: &AnyStep, ours: Outcome, moto: Outcome) -> Vec<Finding> {
    let operation = step.id().to_string();
    let (ours, moto) = match (ours, moto) {
        (Outcome::Answer(ours), Outcome::Answer(moto)) => {
            let differences = without_chance(ours).differences(&without_chance(moto));
            let finding = |Difference { path, ours, theirs }| Finding {
                operation: operation.clone(),
                at: path,
                ours: said(ours.as_ref()),
                moto: said(theirs.as_ref()),
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

/// What all cases have seen.
#[derive(Debug, Default)]
struct Tally {
    /// Per operation: answers and refusals that are equal but for what is accepted, and steps at which a
    /// sequence ended, as the two sides had parted.
    steps: BTreeMap<OperationId, [usize; 3]>,
    /// Operations that moto does not have.
    lacking: BTreeSet<OperationId>,
    /// How often each entry of the table was met.
    met: BTreeMap<usize, usize>,
    /// Where the table says nothing, in a survey.
    new: BTreeSet<Finding>,
}

struct Sides {
    moto: String,
    theirs: Clients,
    is_survey: bool,
    tally: Mutex<Tally>,
}

impl Sides {
    /// Runs a sequence on both from nothing, until they part.
    async fn compare(&self, steps: &[AnyStep]) -> Result<(), TestCaseError> {
        reset(&self.moto).await;
        let mock = MockAws::new();
        let ours = Clients::new(&without_retries(&mock.sdk_config()));
        let (mut our_memory, mut their_memory) = (Memory::default(), Memory::default());
        for (at, step) in steps.iter().enumerate() {
            let theirs = step.by_sdk(&self.theirs, &mut their_memory).await;
            if is_lacking(&theirs) {
                self.tally().lacking.insert(step.id());
                continue;
            }
            let ours = step.by_sdk(&ours, &mut our_memory).await;
            let is_answer = [&ours, &theirs].map(|outcome| matches!(outcome, Outcome::Answer(_)));
            let parted = is_answer[0] != is_answer[1] && step.id().changes;
            for finding in findings(step, ours, theirs) {
                if let Some(number) = finding.accepted() {
                    *self.tally().met.entry(number).or_default() += 1;
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
            let column = if parted { 2 } else { usize::from(!is_answer[0]) };
            self.tally().steps.entry(step.id()).or_default()[column] += 1;
            if parted {
                break;
            }
        }
        Ok(())
    }

    fn tally(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::print_stdout, reason = "a survey is for whoever runs it")]
fn say(text: &str) {
    println!("{text}");
}

fn without_retries(config: &SdkConfig) -> SdkConfig {
    config.to_builder().retry_config(RetryConfig::disabled()).build()
}

/// Whether an operation is not there, or broke: moto ends in an exception of Python then, which is no answer of AWS's.
fn is_lacking(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Refused { status, code, .. } => {
            *status == 501 || *status == 500 && code.is_empty()
        }
        Outcome::Unsent(_) => true,
        Outcome::Answer(_) | Outcome::Lost => false,
    }
}

/// Empties a moto server.
async fn reset(url: &str) {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("the moto server listens");
    let request = format!(
        "POST /moto-api/reset HTTP/1.1\r\nhost: {address}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

impl Tally {
    fn report(&self) -> String {
        let Self { steps, lacking, met, new } = self;
        let mut text = String::from(
            "\n| operation | equal answers | equal refusals | parted |\n|---|--:|--:|--:|\n",
        );
        for (operation, [answers, refusals, parted]) in steps {
            let _ = writeln!(text, "| {operation} | {answers} | {refusals} | {parted} |");
        }
        let sum = |column: usize| steps.values().map(|counts| counts[column]).sum::<usize>();
        let _ = writeln!(text, "| all | {} | {} | {} |\n", sum(0), sum(1), sum(2));
        for operation in lacking {
            let _ = writeln!(text, "moto has no {operation}");
        }
        for (number, entry) in ACCEPTED.iter().enumerate() {
            let times = met.get(&number).copied().unwrap_or_default();
            let Accepted { on, at, ours, moto, source } = entry;
            let _ = writeln!(
                text,
                "accepted {times:>5} times: {on} {at} ours {ours}, moto {moto}: {source}"
            );
        }
        let _ = writeln!(text, "{} differences are not in the table", new.len());
        text
    }
}

/// From so many cases on, each operation and each entry of the table has to be met.
const FULL: u32 = 1000;

#[test]
#[ignore = "needs a moto server: cargo xtask differential"]
fn moto_answers_otherwise_only_where_the_table_says_so() {
    let moto = std::env::var("ECS_FOUNDATION_TEST_MOTO")
        .expect("cargo xtask differential says where moto listens");
    let mock = MockAws::new();
    let config = mock.sdk_config().to_builder().http_client(sockets()).endpoint_url(&moto).build();
    let sides = Sides {
        theirs: Clients::new(&without_retries(&config)),
        moto,
        is_survey: std::env::var_os("ECS_FOUNDATION_TEST_SURVEY").is_some(),
        tally: Mutex::default(),
    };
    let now = i64::try_from(now(&mock).millis()).expect("it is in our time");
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
            .filter(|number| !tally.met.contains_key(number))
            .map(|number| &ACCEPTED[number])
            .collect();
        assert!(stale.is_empty(), "never met, so take it out of the table: {stale:#?}");
        for operation in operations() {
            let answered = tally.steps.get(&operation).map_or(0, |counts| counts[0]);
            assert!(
                answered > 0 || tally.lacking.contains(&operation),
                "{operation} was never answered by both"
            );
        }
    }
}

#[test]
fn patterns_stand_for_texts() {
    for (pattern, text, expected) in [
        ("", "", true),
        ("", "x", false),
        ("a*c", "abc", true),
        ("a*c", "ab", false),
        ("*", "", true),
        ("a|b*", "bc", true),
        ("*x*y", "1x2x3y", true),
    ] {
        assert_eq!(like(pattern, text), expected, "{pattern:?} {text:?}");
    }
}
