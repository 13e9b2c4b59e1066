//! `DeregisterTaskDefinition` and `DeleteTaskDefinitions`.

use super::{ACTIVE, DELETING, INACTIVE, Named};
use crate::api::{ApiResult, Call, Operation};
use crate::ecs::errors;
use crate::ecs::{DeleteTaskDefinitionsRequest, DeregisterTaskDefinitionRequest, Failure};

/// The maximum number of task definitions per request:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteTaskDefinitions.html>.
const MOST_DELETED: usize = 10;

/// Makes a revision INACTIVE.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterTaskDefinition.html>
impl Operation for DeregisterTaskDefinitionRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let text = self.task_definition.unwrap_or_default();
        // https://github.com/cloud-custodian/cloud-custodian (c7n/resources/ecs.py) checks for this message.
        let missing = || errors::client("The specified task definition does not exist.");
        let named = Named::read(location, &text).ok_or_else(missing)?;
        if named.revision.is_none() {
            // The API reference states this rule, but not AWS's message.
            return Err(errors::client("You must specify a revision."));
        }
        let revision = call.ecs().task_definition_mut(&named).ok_or_else(missing)?;
        if revision.is(ACTIVE) {
            INACTIVE.clone_into(&mut revision.definition.status);
            revision.definition.deregistered_at = Some(now);
        }
        Ok(Self::Output { task_definition: revision.definition.clone() })
    }
}

/// Deletes INACTIVE revisions. A revision stays `DELETE_IN_PROGRESS` while a task or service uses
/// it.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteTaskDefinitions.html>
impl Operation for DeleteTaskDefinitionsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let asked = self.task_definitions.unwrap_or_default();
        if asked.is_empty() {
            // AWS's message is not publicly documented, so the mock's message is modeled on the
            // messages for other empty lists.
            return Err(errors::empty("Task definitions"));
        }
        if asked.len() > MOST_DELETED {
            return Err(errors::too_many("Task definitions", MOST_DELETED));
        }
        let mut response = Self::Output::default();
        for text in asked {
            let state = call.ecs();
            let named = Named::read(location, &text).filter(|named| named.revision.is_some());
            let revision = named.and_then(|named| state.task_definition_mut(&named));
            // The only public source for both reasons is https://github.com/getmoto/moto
            // (tests/test_ecs).
            let reason = match revision {
                None => {
                    "The specified task definition does not exist. Specify a valid account, family, revision \
                     and try again."
                }
                Some(revision) if revision.is(ACTIVE) => {
                    "The specified task definition is still in ACTIVE status. Please deregister the target and \
                     try again."
                }
                Some(revision) => {
                    DELETING.clone_into(&mut revision.definition.status);
                    revision.definition.delete_requested_at.get_or_insert(now);
                    response.task_definitions.push(revision.definition.clone());
                    continue;
                }
            };
            let reason = reason.to_owned();
            response.failures.push(Failure { arn: text, reason, detail: None });
        }
        Ok(response)
    }
}
