//! Creates the rows that `verify` prints for a resource.

use crate::engine::Finding;
use crate::tags::Tags;

use super::component::Observed;
use super::tagging::{other_findings, tag_findings};
use super::{Resource, part};

pub(super) fn inspect<R: Resource>(resource: &R, observed: &Observed<R>) -> Vec<Finding> {
    let identity = resource.identity();
    let main = &identity.address;
    let found = observed.found.as_ref();
    let mut findings = Vec::new();
    match found {
        None => findings.push(Finding::equal(main, identity.label, &identity.name, "absent")),
        Some(found) => {
            findings.push(Finding::equal(main, identity.label, &identity.name, &identity.name));
            let fields = resource.fields(Some(found));
            let (first, rest): (Vec<_>, Vec<_>) =
                fields.iter().partition(|field| field.identifying);
            findings.extend(first.into_iter().chain(rest).map(|field| field.finding(main, "none")));
            if let Some(contents) = &observed.contents {
                let facts = resource.facts(found, contents).into_iter();
                findings.extend(facts.map(|(label, value)| Finding::info(main, label, value)));
            }
            let (none, tagging) = (Tags::new(), resource.tagging());
            let tags = R::tags(found).unwrap_or(&none);
            findings.extend(tag_findings(main, tagging.wanted(), tags, &tagging.changes(tags)));
            let part::Extras { noun, items: _, remove, remedy: _ } = &resource.extras(found);
            let shown = resource.extras(found).shown();
            let (removed, left) = if *remove { (shown, Vec::new()) } else { (Vec::new(), shown) };
            findings.extend(other_findings(main, &format!("Other {noun}"), &removed, &left));
        }
    }
    findings.extend(observed.prerequisites.iter().map(|it| it.finding(main)));
    let parts = resource.parts(found);
    let shown = parts.iter().filter(|part| part.field.is_wanted() || part.field.is_found());
    findings.extend(shown.map(|part| part.field.finding(&part.address, "absent")));
    findings
}
