//! What `verify` shows: each attribute, as expected and as found.

use infra_core::engine::{Address, Declaration, Finding, Verdict};
use serde::Serialize;

use super::plan::Target;
use super::policy;
use super::style::{BAD, BOLD, DIM, GOOD, paint, plain};

/// The columns before an attribute: two spaces, a verdict, two spaces.
const MARGIN: usize = 11;

/// The JSON form of what `verify` found.
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

/// The findings, resource by resource. Rows that would need more than `columns` are laid out in lines.
pub(crate) fn table(declared: &[Declaration], findings: &[Finding], columns: usize) -> String {
    let mut addresses: Vec<&Address> = Vec::new();
    for finding in findings {
        if !addresses.contains(&&finding.address) {
            addresses.push(&finding.address);
        }
    }
    let blocks = addresses.into_iter().map(|address| {
        let name = declared.iter().find(|one| one.address == *address).map(|one| &*one.name);
        let own = findings.iter().filter(|one| one.address == *address);
        let rows: Vec<Row> = own.map(|finding| Row::new(finding, columns)).collect();
        let name = name.map(|name| format!(" ({})", plain(name))).unwrap_or_default();
        format!("{}{name}\n{}", paint(BOLD, address), block(&rows))
    });
    blocks.collect::<Vec<_>>().join("\n")
}

/// One attribute, ready to be laid out.
struct Row {
    verdict: Verdict,
    attribute: String,
    value: Cells,
}

enum Cells {
    /// Expected and found, side by side.
    Columns(String, String),
    /// One value beside the attribute: what is found, which is also what is expected.
    Same(String),
    /// Lines under the attribute.
    Lines(Vec<String>),
}

impl Row {
    fn new(finding: &Finding, columns: usize) -> Self {
        let Finding { address: _, attribute, expected, found, verdict } = finding;
        let attribute = one_line(attribute);
        let expected = expected.as_deref().unwrap_or("-");
        let row = |value| Self { verdict: *verdict, attribute: attribute.clone(), value };
        if *verdict != Verdict::Differs
            && let Some(lines) = policy::statements(found)
        {
            return row(Cells::Lines(lines));
        }
        if *verdict == Verdict::Differs
            && let Some(mut lines) = policy::departures(expected, found)
        {
            lines.insert(0, "- found, + expected".to_owned());
            return row(Cells::Lines(lines));
        }
        let (wanted, is) = (one_line(expected), one_line(found));
        let width = [&attribute, &wanted, &is].map(|cell| cell.chars().count() + 2);
        let fits = MARGIN + width.iter().sum::<usize>() <= columns;
        row(match (fits, verdict) {
            (true, _) => Cells::Columns(wanted, is),
            (false, Verdict::Ok | Verdict::Info) => Cells::Same(is),
            (false, Verdict::Differs) => {
                Cells::Lines(vec![format!("expected {wanted}"), format!("found    {is}")])
            }
        })
    }

    fn cells(&self) -> Option<[&str; 3]> {
        match &self.value {
            Cells::Columns(expected, found) => Some([&self.attribute, expected, found]),
            Cells::Same(_) | Cells::Lines(_) => None,
        }
    }
}

fn block(rows: &[Row]) -> String {
    let heads = ["Attribute", "Expected", "Found"];
    let cells = || rows.iter().filter_map(Row::cells);
    let [attribute, expected] = [0, 1].map(|column| {
        let widths = cells().map(|cells| cells[column].chars().count());
        widths.chain([heads[column].len()]).max().unwrap_or(0)
    });
    let mut lines = Vec::new();
    if cells().next().is_some() {
        let [a, e, f] = heads;
        let head = format!("{:MARGIN$}{a:attribute$}  {e:expected$}  {f}", "");
        lines.push(paint(DIM, head));
    }
    for row in rows {
        let mark = verdict(row.verdict);
        let name = &row.attribute;
        match &row.value {
            Cells::Columns(wanted, is) => {
                lines.push(format!("  {mark}  {name:attribute$}  {wanted:expected$}  {is}"));
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

fn one_line(text: &str) -> String {
    plain(text).replace('\n', " ")
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
ecs_cluster.main (demo-dev-cluster)
           Attribute           Expected  Found
  ok       Status              ACTIVE    ACTIVE
  differs  Container Insights  enabled   disabled
  info     Running tasks       -         0

cloudwatch_log_group.ecs
           Attribute  Expected  Found
  ok       Retention  14 days   14 days
"
        );
    }

    #[test]
    fn rows_that_are_too_wide_are_laid_out_in_lines() {
        let findings = [
            Finding::equal(&cluster(), "Short", "a", "a"),
            Finding::equal(&cluster(), "Long", "a rather long value", "a rather long value"),
            Finding::equal(&cluster(), "Other", "a rather long value", "another"),
        ];
        assert_eq!(
            text(&findings, 40),
            "\
ecs_cluster.main (demo-dev-cluster)
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
    fn policies_are_shown_by_their_statements() {
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
ecs_cluster.main (demo-dev-cluster)
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
