//! The policy simulator, which uses the same evaluator as the mock's own authorization.
//!
//! Recorded AWS responses: `test_simulate_principle_policy` in `test_iam.snapshot.json`, in the folder cited in
//! `user.rs`.

use std::collections::BTreeMap;

use infra_core::policy::{
    AwsPrincipal, Effect, PolicyDocument, PrincipalElement, PrincipalKind, PrincipalSet,
};

use crate::access::{Context, condition_keys, matches, matching};
use crate::api::{ApiResult, Call, Definition, Operation};
use crate::iam::{
    ContextEntry, EvaluationResult, OrganizationsDecisionDetail, PermissionsBoundaryDecisionDetail,
    PolicyIdentifier, Position, ResourceSpecificResult, SimulateCustomPolicyRequest,
    SimulatePolicyResponse, SimulatePrincipalPolicyRequest, Statement,
};

use super::check::{invalid_input, no_such_entity};
use super::holder::document;
use super::page::page;
use super::statement_spans::spans;
use super::{State, state};

/// The value of `SourcePolicyType` in every recorded response. The model does not list this value.
const SOURCE_TYPE: &str = "IAM Policy";

/// A policy, and the ID that identifies it in responses.
struct Source {
    id: String,
    text: String,
    document: PolicyDocument,
}

impl Source {
    /// Parses a policy. The error code for invalid documents comes from the model; AWS's message is
    /// not publicly documented.
    fn read(id: String, text: String) -> ApiResult<Self> {
        match PolicyDocument::parse(&text) {
            Ok(document) => Ok(Self { id, text, document }),
            Err(error) => Err(invalid_input(format!("Invalid policy document {id}: {error}"))),
        }
    }

    /// Parses the policies in a request, and numbers them as AWS does:
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html#API_SimulateCustomPolicy_Examples>.
    fn inputs(list: &str, texts: Vec<String>) -> ApiResult<Vec<Self>> {
        let numbered = (1..).zip(texts);
        numbered.map(|(number, text)| Self::read(format!("{list}.{number}"), text)).collect()
    }
}

/// The policies, actions, resources and context of a simulation.
struct Simulation {
    identity: Vec<Source>,
    boundary: Option<Vec<Source>>,
    /// The service control policies at each level of an organization. An action is allowed only if
    /// every level allows it.
    organization: Vec<Vec<Source>>,
    /// A resource-based policy, and the ARN of the simulated caller.
    resource: Option<(Source, String)>,
    actions: Vec<String>,
    resources: Vec<String>,
    context: Context,
}

/// The result of simulating an action on one resource.
struct Outcome {
    decision: &'static str,
    matched: Vec<Statement>,
    bounded: Option<bool>,
    organized: Option<bool>,
}

const ALLOWED: &str = "allowed";
const DENIED: &str = "explicitDeny";
const NOT_ALLOWED: &str = "implicitDeny";

/// Returns the policies' decision on an action, or `None` if no statement matches.
fn decision(sources: &[Source], action: &str, resource: &str, context: &Context) -> Option<Effect> {
    let effects = sources.iter().flat_map(|source| {
        matching(&source.document, action, resource, context).map(|(_, effect)| effect)
    });
    // An explicit deny overrides any allow.
    effects.max_by_key(|effect| *effect == Effect::Deny)
}

impl Simulation {
    fn outcome(&self, action: &str, resource: &str) -> Outcome {
        let context = &self.context;
        let mut statements = Vec::new();
        for source in &self.identity {
            let found = matching(&source.document, action, resource, context);
            statements.extend(found.map(|(place, effect)| (source, place, effect)));
        }
        if let Some((source, caller)) = &self.resource {
            let found = matching(&source.document, action, resource, context);
            let found = found.filter(|(place, _)| {
                let statement = &source.document.statements()[*place];
                statement.principal().is_some_and(|element| names(element, caller))
            });
            statements.extend(found.map(|(place, effect)| (source, place, effect)));
        }
        let is = |wanted| statements.iter().any(|(_, _, effect)| *effect == wanted);
        let (denies, allows) = (is(Effect::Deny), is(Effect::Allow));
        let bounds = self.boundary.as_ref().map(|all| decision(all, action, resource, context));
        let levels: Vec<_> = self
            .organization
            .iter()
            .map(|level| decision(level, action, resource, context))
            .collect();
        let others = || bounds.iter().chain(&levels);
        let decision = if denies || others().any(|effect| *effect == Some(Effect::Deny)) {
            DENIED
        } else if allows && others().all(|effect| *effect == Some(Effect::Allow)) {
            ALLOWED
        } else {
            NOT_ALLOWED
        };
        let shown = if denies { Effect::Deny } else { Effect::Allow };
        let matched = statements.iter().filter(|(_, _, effect)| *effect == shown);
        let allowed = |effect: &Option<Effect>| *effect == Some(Effect::Allow);
        Outcome {
            decision,
            matched: matched.map(|(source, place, _)| statement(source, *place)).collect(),
            bounded: bounds.as_ref().map(allowed),
            organized: (!levels.is_empty()).then(|| levels.iter().all(allowed)),
        }
    }

    /// Returns the condition keys that the identity policies use but that the request does not set.
    fn missing(&self) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        for key in self.identity.iter().flat_map(|source| condition_keys(&source.document)) {
            let is_new = !keys.iter().any(|its| its.eq_ignore_ascii_case(&key));
            if is_new && self.context.get(&key).is_none() {
                keys.push(key);
            }
        }
        keys
    }

    /// Returns the result for each action. For an action on several resources, the result contains
    /// the strictest decision and the resource name `*`. No recorded response covers several
    /// resources.
    fn results(&self) -> Vec<(String, EvaluationResult)> {
        let missing = self.missing();
        let all = [String::from("*")];
        let resources = if self.resources.is_empty() { &all[..] } else { &self.resources };
        let one = |action: &String| {
            let outcomes: Vec<_> = resources
                .iter()
                .map(|resource| (resource, self.outcome(action, resource)))
                .collect();
            let has = |wanted: &str| outcomes.iter().any(|(_, outcome)| outcome.decision == wanted);
            let decision = [DENIED, NOT_ALLOWED].into_iter().find(|wanted| has(wanted));
            let bounded = |outcome: &Outcome| {
                outcome.bounded.map(|allowed| PermissionsBoundaryDecisionDetail {
                    allowed_by_permissions_boundary: Some(allowed),
                })
            };
            let specific = outcomes.iter().map(|(resource, outcome)| ResourceSpecificResult {
                eval_resource_name: (*resource).clone(),
                eval_resource_decision: outcome.decision.to_owned(),
                matched_statements: Some(outcome.matched.clone()),
                missing_context_values: Some(missing.clone()),
                eval_decision_details: None,
                permissions_boundary_decision_detail: bounded(outcome),
            });
            let first = &outcomes[0];
            EvaluationResult {
                eval_action_name: action.clone(),
                eval_resource_name: Some(match outcomes.len() {
                    1 => first.0.clone(),
                    _ => "*".to_owned(),
                }),
                eval_decision: decision.unwrap_or(ALLOWED).to_owned(),
                matched_statements: Some(
                    outcomes.iter().flat_map(|(_, outcome)| outcome.matched.clone()).collect(),
                ),
                missing_context_values: Some(missing.clone()),
                organizations_decision_detail: Some(OrganizationsDecisionDetail {
                    allowed_by_organizations: Some(
                        outcomes.iter().all(|(_, outcome)| outcome.organized.unwrap_or(true)),
                    ),
                }),
                permissions_boundary_decision_detail: bounded(&first.1),
                eval_decision_details: Some(BTreeMap::new()),
                resource_specific_results: (!self.resources.is_empty()).then(|| specific.collect()),
            }
        };
        (0..)
            .zip(&self.actions)
            .map(|(place, action): (usize, _)| (format!("{place:06}"), one(action)))
            .collect()
    }
}

fn statement(source: &Source, place: usize) -> Statement {
    let position = |(line, column)| Position { line: Some(line), column: Some(column) };
    let span = spans(&source.text).into_iter().nth(place);
    Statement {
        source_policy_id: Some(source.id.clone()),
        source_policy_type: Some(SOURCE_TYPE.to_owned()),
        start_position: span.map(|(start, _)| position(start)),
        end_position: span.map(|(_, end)| position(end)),
    }
}

/// Returns whether a statement with the given `Principal` or `NotPrincipal` element applies to a
/// caller.
fn names(element: &PrincipalElement, caller: &str) -> bool {
    let account = caller.split(':').nth(4).unwrap_or_default();
    let named = |set: &PrincipalSet| {
        *set == PrincipalSet::Any
            || set.of(PrincipalKind::Aws).any(|text| match AwsPrincipal::classify(text) {
                AwsPrincipal::Any => true,
                AwsPrincipal::Account(its) => its == account,
                _ => text == caller,
            })
    };
    match element {
        PrincipalElement::Principal(set) => named(set),
        PrincipalElement::NotPrincipal(set) => !named(set),
    }
}

fn context(entries: &[ContextEntry]) -> Context {
    let mut context = Context::default();
    for ContextEntry { context_key_name, context_key_values, context_key_type: _ } in entries {
        let name = context_key_name.as_deref().unwrap_or_default();
        context.set(name, context_key_values.iter().cloned());
    }
    context
}

fn resource_policy(
    policy: Option<String>,
    caller: Option<String>,
) -> ApiResult<Option<(Source, String)>> {
    let Some(text) = policy else { return Ok(None) };
    // The rule comes from the model's description of CallerArn; AWS's message is not publicly
    // documented.
    let caller = caller
        .ok_or_else(|| invalid_input("CallerArn is required if ResourcePolicy is specified."))?;
    Ok(Some((Source::read("ResourcePolicy".to_owned(), text)?, caller)))
}

fn answer(
    listing: &str,
    simulation: &Simulation,
    marker: Option<&str>,
    max_items: Option<i32>,
) -> ApiResult<SimulatePolicyResponse> {
    let page = page(listing, simulation.results(), marker, max_items)?;
    Ok(SimulatePolicyResponse {
        evaluation_results: page.items,
        is_truncated: page.is_truncated,
        marker: page.marker,
    })
}

/// Simulates the policies in the request.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html>
impl Operation for SimulateCustomPolicyRequest {
    fn run(self, _: &mut Call<'_>) -> ApiResult<Self::Output> {
        let boundary = self.permissions_boundary_policy_input_list;
        let levels = self.ordered_organization_policy_input_list.into_iter().map(|level| {
            let texts = level.service_control_policy_input_list;
            Source::inputs("ServiceControlPolicyInputList", texts)
        });
        let simulation = Simulation {
            identity: Source::inputs("PolicyInputList", self.policy_input_list)?,
            boundary: (!boundary.is_empty())
                .then(|| Source::inputs("PermissionsBoundaryPolicyInputList", boundary))
                .transpose()?,
            organization: levels.collect::<ApiResult<_>>()?,
            resource: resource_policy(self.resource_policy, self.caller_arn)?,
            actions: self.action_names,
            resources: self.resource_arns,
            context: context(&self.context_entries),
        };
        answer(Self::NAME, &simulation, self.marker.as_deref(), self.max_items)
    }
}

/// A principal's policy, and the properties that a request can use to exclude it from the
/// simulation.
pub(super) struct Held {
    id: String,
    pub(super) text: String,
    /// The policy type: `inline`, `aws-managed` or `user-managed`.
    kind: &'static str,
    arn: Option<String>,
    /// The kind and name of the principal, and the name of the policy. `None` if the policy is not
    /// inline.
    inline: Option<(&'static str, String, String)>,
}

impl Held {
    fn is_identified_by(&self, identifier: &PolicyIdentifier) -> bool {
        if let Some(arn) = &identifier.policy_arn {
            return self.arn.as_ref().is_some_and(|own| matches(arn, own));
        }
        if let Some(named) = &identifier.inline_policy_identifier {
            return self.inline.as_ref().is_some_and(|(kind, holder, name)| {
                named.attachment_type.as_deref() == Some(*kind)
                    && named.attachment_name.as_ref().is_some_and(|names| matches(names, holder))
                    && named.policy_name.as_ref() == Some(name)
            });
        }
        identifier.policy_type.as_deref() == Some(self.kind)
    }
}

/// Checks that an identifier has exactly one member, and has wildcards only where the documentation
/// allows them. The error code comes from the documentation; AWS's message is not publicly
/// documented.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyIdentifier.html>
fn check_exclusion(identifier: &PolicyIdentifier) -> ApiResult<()> {
    let PolicyIdentifier { policy_type, policy_arn, inline_policy_identifier } = identifier;
    let given = [policy_type.is_some(), policy_arn.is_some(), inline_policy_identifier.is_some()];
    if given.iter().filter(|is_given| **is_given).count() != 1 {
        let words =
            "Exactly one of PolicyType, PolicyArn and InlinePolicyIdentifier must be given.";
        return Err(invalid_input(words));
    }
    let is_once = |text: &str| text.matches('*').count() <= 1;
    let is_good = match (policy_arn, inline_policy_identifier) {
        (Some(arn), _) => arn.split_once(":policy/").is_some_and(|(before, name)| {
            before.starts_with("arn:") && !before.contains(['*', '?']) && is_once(name)
        }),
        (_, Some(named)) => {
            let name = named.policy_name.as_deref().unwrap_or_default();
            !name.contains(['*', '?'])
                && is_once(named.attachment_name.as_deref().unwrap_or_default())
        }
        _ => true,
    };
    if is_good { Ok(()) } else { Err(invalid_input("Invalid policy identifier.")) }
}

fn held(
    state: &State,
    (kind, name): (&'static str, &str),
    attached: &BTreeMap<String, String>,
    inline: &BTreeMap<String, String>,
) -> Vec<Held> {
    let attached = attached.iter().filter_map(|(arn, policy)| {
        let is_aws = arn.contains(":aws:policy/");
        Some(Held {
            id: policy.clone(),
            text: document(state, arn)?,
            kind: if is_aws { "aws-managed" } else { "user-managed" },
            arn: Some(arn.clone()),
            inline: None,
        })
    });
    // The format of these IDs does not appear in any recorded response.
    let inline = inline.iter().map(|(policy, text)| Held {
        id: format!("{kind}_{name}_{policy}"),
        text: text.clone(),
        kind: "inline",
        arn: None,
        inline: Some((kind, name.to_owned(), policy.clone())),
    });
    attached.chain(inline).collect()
}

/// Returns the policies and the permissions boundary of a user, a group or a role. A user's
/// policies include those of the user's groups.
pub(super) fn policies_of(call: &Call<'_>, arn: &str) -> ApiResult<(Vec<Held>, Option<String>)> {
    if !arn.contains(":iam::") {
        // The error code comes from the service model; AWS's message is not publicly documented.
        return Err(invalid_input(format!("Invalid Entity Arn: {arn}")));
    }
    let state = state(call);
    if let Some(role) = state.roles.values().find(|role| role.arn == arn) {
        let all = held(state, ("role", &role.name), &role.attached, &role.inline);
        return Ok((all, role.boundary.clone()));
    }
    if let Some(group) = state.groups.values().find(|group| group.arn == arn) {
        let all = held(state, ("group", &group.name), &group.attached, &group.inline);
        return Ok((all, None));
    }
    let Some(user) = state.users.values().find(|user| user.arn == arn) else {
        // AWS's message is not publicly documented.
        return Err(no_such_entity(format!("The entity with ARN {arn} cannot be found.")));
    };
    let mut all = held(state, ("user", &user.name), &user.attached, &user.inline);
    let key = user.name.to_lowercase();
    for group in state.groups.values().filter(|group| group.members.contains(&key)) {
        all.extend(held(state, ("group", &group.name), &group.attached, &group.inline));
    }
    Ok((all, user.boundary.clone()))
}

/// Simulates the policies of a user, a group or a role.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>
impl Operation for SimulatePrincipalPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let arn = self.policy_source_arn.unwrap_or_default();
        let (policies, boundary) = policies_of(call, &arn)?;
        self.policy_exclusion_list.iter().try_for_each(check_exclusion)?;
        let is_excluded = |policy: &Held| {
            self.policy_exclusion_list.iter().any(|excluded| policy.is_identified_by(excluded))
        };
        let mut identity = Vec::new();
        for policy in policies.into_iter().filter(|policy| !is_excluded(policy)) {
            identity.push(Source::read(policy.id, policy.text)?);
        }
        identity.extend(Source::inputs("PolicyInputList", self.policy_input_list)?);
        let keeps_boundary = !self
            .policy_exclusion_list
            .iter()
            .any(|excluded| excluded.policy_type.as_deref() == Some("permission-boundary"));
        let given = self.permissions_boundary_policy_input_list;
        let boundary = if given.is_empty() {
            let own = boundary.filter(|_| keeps_boundary).map(|arn| {
                let text = document(state(call), &arn).into_iter();
                text.map(|text| Source::read(arn.clone(), text)).collect::<ApiResult<Vec<_>>>()
            });
            own.transpose()?
        } else {
            Some(Source::inputs("PermissionsBoundaryPolicyInputList", given)?)
        };
        let caller = self.caller_arn.or_else(|| arn.contains(":user/").then(|| arn.clone()));
        let simulation = Simulation {
            identity,
            boundary,
            organization: Vec::new(),
            resource: resource_policy(self.resource_policy, caller)?,
            actions: self.action_names,
            resources: self.resource_arns,
            context: context(&self.context_entries),
        };
        answer(Self::NAME, &simulation, self.marker.as_deref(), self.max_items)
    }
}
