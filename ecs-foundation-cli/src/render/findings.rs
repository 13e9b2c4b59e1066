//! The output of `verify`: the expected and actual values of each attribute.

use infra_core::engine::{Address, Declaration, Finding, Verdict};
use infra_core::text::{policy_departures, policy_statements};
use serde::Serialize;

use super::fold::{pad, width};
use super::plan::Target;
use super::style::{BAD, BOLD, DIM, GOOD, paint, plain, tone};

/// The width of the text before an attribute: two spaces, a verdict and two more spaces.
const MARGIN: usize = 11;

/// The JSON output of `verify`.
#[derive(Debug, Serialize)]
pub(crate) struct VerifyJson<'a> {
    format_version: &'static str,
    #[serde(flatten)]
    target: &'a Target,
    ok: bool,
    findings: &'a [Finding],
}

impl<'a> VerifyJson<'a> {
    pub(crate) fn new(target: &'a Target, findings: &'a [Finding]) -> Self {
        let ok = findings.iter().all(|finding| finding.verdict != Verdict::Differs);
        Self { format_version: "1.0", target, ok, findings }
    }
}

/// The AWS console page for each resource type. A type such as `iam_role_policy`, whose name starts
/// with a listed type, is shown on that type's page.
const PAGES: [(&str, &str); 4] = [
    ("ecs_cluster", "Elastic Container Service > Clusters"),
    ("iam_role", "IAM > Roles"),
    ("ecr_repository", "Elastic Container Registry > Repositories"),
    ("cloudwatch_log_group", "CloudWatch > Log groups"),
];

/// Returns whether a resource is shown on another resource's page.
fn is_on_page_of(address: &Address, other: &Address) -> bool {
    let rest = address.kind().strip_prefix(other.kind());
    rest.is_some_and(|rest| rest.starts_with('_'))
}

/// Formats the findings, grouped by console page. Rows wider than `columns` are split into lines.
pub(crate) fn table(declared: &[Declaration], findings: &[Finding], columns: usize) -> String {
    let mut addresses: Vec<&Address> = Vec::new();
    for finding in findings {
        if !addresses.contains(&&finding.address) {
            addresses.push(&finding.address);
        }
    }
    let mut pages: Vec<Vec<&Address>> = Vec::new();
    for address in addresses {
        match pages.last_mut() {
            Some(page) if is_on_page_of(address, page[0]) => page.push(address),
            _ => pages.push(vec![address]),
        }
    }
    let blocks = pages.iter().map(|page| {
        let own = findings.iter().filter(|one| page.contains(&&one.address));
        let rows: Vec<Row> = own.map(Row::new).collect();
        format!("{}{}", heading(declared, page), block(rows, columns))
    });
    blocks.collect::<Vec<_>>().join("\n")
}

/// Formats the path of a console page and the resources on it.
fn heading(declared: &[Declaration], page: &[&Address]) -> String {
    let first = page[0];
    let name = declared.iter().find(|one| one.address == *first).map(|one| plain(&one.name));
    let place = PAGES.iter().find(|(kind, _)| *kind == first.kind()).map(|(_, place)| *place);
    let title = match (place, name) {
        (Some(place), Some(name)) => format!("{place} > {name}"),
        (Some(place), None) => place.to_owned(),
        (None, Some(name)) => name,
        (None, None) => return format!("{}\n", paint(BOLD, first)),
    };
    let mut lines = vec![paint(BOLD, title)];
    lines.extend(page.iter().map(|address| format!("  {}", paint(DIM, address))));
    lines.join("\n") + "\n"
}

/// An attribute with its formatted values.
struct Row {
    verdict: Verdict,
    attribute: String,
    value: Cells,
}

enum Cells {
    /// The expected and actual values, side by side.
    Columns(String, String),
    /// The actual value only. It is as expected, or no value is expected.
    Same(String),
    /// The lines that are shown below the attribute.
    Lines(Vec<String>),
}

impl Row {
    fn new(finding: &Finding) -> Self {
        let Finding { address: _, attribute, expected, found, verdict } = finding;
        let attribute = plain(attribute);
        let expected = expected.as_deref().unwrap_or("-");
        let row = |value| Self { verdict: *verdict, attribute: attribute.clone(), value };
        if *verdict != Verdict::Differs
            && let Some(lines) = policy_statements(found)
        {
            return row(Cells::Lines(lines));
        }
        if *verdict == Verdict::Differs
            && let Some(mut lines) = policy_departures(expected, found, tone)
        {
            lines.insert(0, "- found, + expected".to_owned());
            return row(Cells::Lines(lines));
        }
        if *verdict == Verdict::Differs
            && let Some(statements) = policy_statements(expected)
        {
            // The policy was not found, so show the expected policy.
            let mut lines = vec!["expected".to_owned()];
            lines.extend(statements.iter().map(|line| format!("    {line}")));
            lines.push(format!("found    {}", plain(found)));
            return row(Cells::Lines(lines));
        }
        row(Cells::Columns(plain(expected), plain(found)))
    }

    /// Lays out the row in lines instead of columns, because it is too wide.
    fn give_up_columns(&mut self) {
        let Cells::Columns(wanted, is) = &self.value else { return };
        self.value = match self.verdict {
            Verdict::Ok | Verdict::Info => Cells::Same(is.clone()),
            Verdict::Differs => {
                Cells::Lines(vec![format!("expected {wanted}"), format!("found    {is}")])
            }
        };
    }

    fn cells(&self) -> Option<[&str; 3]> {
        match &self.value {
            Cells::Columns(expected, found) => Some([&self.attribute, expected, found]),
            Cells::Same(_) | Cells::Lines(_) => None,
        }
    }
}

/// Returns the width of the widest cell in each of the first two columns.
fn widths(rows: &[Row]) -> [usize; 2] {
    [0, 1].map(|column| {
        let cells = rows.iter().filter_map(Row::cells);
        let widths = cells.map(|cells| width(cells[column]));
        widths.chain([HEADS[column].len()]).max().unwrap_or(0)
    })
}

const HEADS: [&str; 3] = ["Attribute", "Expected", "Found"];

fn block(mut rows: Vec<Row>, columns: usize) -> String {
    // A wide row widens the columns for all rows. While any row is too wide, convert the widest row
    // to lines.
    loop {
        let [attribute, expected] = widths(&rows);
        let own = |row: &Row| row.cells().map(|cells| cells.map(width));
        let overflows = rows
            .iter()
            .filter_map(own)
            .any(|[_, _, found]| MARGIN + attribute + 2 + expected + 2 + found > columns);
        let widest =
            rows.iter_mut().max_by_key(|row| own(row).map(|cells| cells.iter().sum::<usize>()));
        match widest {
            Some(widest) if overflows => widest.give_up_columns(),
            _ => break,
        }
    }
    let [attribute, expected] = widths(&rows);
    let cells = || rows.iter().filter_map(Row::cells);
    let mut lines = Vec::new();
    if cells().next().is_some() {
        let [a, e, f] = HEADS;
        let head = format!("{:MARGIN$}{}  {}  {f}", "", pad(a, attribute), pad(e, expected));
        lines.push(paint(DIM, head));
    }
    for row in &rows {
        let mark = verdict(row.verdict);
        let name = &row.attribute;
        match &row.value {
            Cells::Columns(wanted, is) => {
                let (name, wanted) = (pad(name, attribute), pad(wanted, expected));
                lines.push(format!("  {mark}  {name}  {wanted}  {is}"));
            }
            Cells::Same(value) => lines.push(format!("  {mark}  {name}: {value}")),
            Cells::Lines(under) => {
                lines.push(format!("  {mark}  {name}"));
                lines.extend(under.iter().map(|line| format!("{:MARGIN$}    {line}", "")));
            }
        }
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

fn verdict(verdict: Verdict) -> String {
    let (word, style) = match verdict {
        Verdict::Ok => ("ok", GOOD),
        Verdict::Differs => ("differs", BAD),
        Verdict::Info => ("info", DIM),
    };
    paint(style, format!("{word:7}"))
}

#[cfg(test)]
mod tests {
    use infra_core::engine::{Address, Declaration, Finding};

    use super::table;

    fn cluster() -> Address {
        Address::new("ecs_cluster", "main")
    }

    fn text(findings: &[Finding], columns: usize) -> String {
        let declared = [Declaration {
            address: cluster(),
            name: "demo-dev-cluster".to_owned(),
            depends_on: Vec::new(),
        }];
        let text = table(&declared, findings, columns);
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn columns_are_aligned_within_a_resource() {
        let log_group = Address::new("cloudwatch_log_group", "ecs");
        let findings = [
            Finding::equal(&cluster(), "Status", "ACTIVE", "ACTIVE"),
            Finding::equal(&cluster(), "Container Insights", "enabled", "disabled"),
            Finding::info(&cluster(), "Running tasks", "0"),
            Finding::equal(&log_group, "Retention", "14 days", "14 days"),
        ];
        assert_eq!(
            text(&findings, 100),
            "\
Elastic Container Service > Clusters > demo-dev-cluster
  ecs_cluster.main
           Attribute           Expected  Found
  ok       Status              ACTIVE    ACTIVE
  differs  Container Insights  enabled   disabled
  info     Running tasks       -         0

CloudWatch > Log groups
  cloudwatch_log_group.ecs
           Attribute  Expected  Found
  ok       Retention  14 days   14 days
"
        );
    }

    #[test]
    fn resource_without_its_own_page_is_shown_with_its_parent() {
        let providers = Address::new("ecs_cluster_capacity_providers", "main");
        let secret = Address::new("secret", "database");
        let findings = [
            Finding::equal(&cluster(), "Cluster", "a", "a"),
            Finding::equal(&providers, "Capacity providers", "FARGATE", "FARGATE"),
            Finding::equal(&secret, "Secret", "b", "b"),
        ];
        assert_eq!(
            text(&findings, 100),
            "\
Elastic Container Service > Clusters > demo-dev-cluster
  ecs_cluster.main
  ecs_cluster_capacity_providers.main
           Attribute           Expected  Found
  ok       Cluster             a         a
  ok       Capacity providers  FARGATE   FARGATE

secret.database
           Attribute  Expected  Found
  ok       Secret     b         b
"
        );
    }

    #[test]
    fn rows_that_are_too_wide_become_lines() {
        let findings = [
            Finding::equal(&cluster(), "Short", "a", "a"),
            Finding::equal(&cluster(), "Long", "a rather long value", "a rather long value"),
            Finding::equal(&cluster(), "Other", "a rather long value", "another"),
        ];
        assert_eq!(
            text(&findings, 40),
            "\
Elastic Container Service > Clusters > demo-dev-cluster
  ecs_cluster.main
           Attribute  Expected  Found
  ok       Short      a         a
  ok       Long: a rather long value
  differs  Other
               expected a rather long value
               found    another
"
        );
    }

    #[test]
    fn policies_are_shown_statement_by_statement() {
        let of = |service: &str| {
            format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}.amazonaws.com"}},"Action":"sts:AssumeRole"}}]}}"#
            )
        };
        let same = Finding::equal(&cluster(), "Trust policy", of("ecs-tasks"), of("ecs-tasks"));
        let other = Finding::equal(&cluster(), "Trust policy", of("ecs-tasks"), of("ec2"));
        assert_eq!(
            text(&[same, other], 100),
            "\
Elastic Container Service > Clusters > demo-dev-cluster
  ecs_cluster.main
  ok       Trust policy
               Effect       Allow
               Principal    Service ecs-tasks.amazonaws.com
               Action       sts:AssumeRole
  differs  Trust policy
               - found, + expected
                   ~ statement
                       Principal    - Service ec2.amazonaws.com
                                    + Service ecs-tasks.amazonaws.com
"
        );
    }
}
