//! Groups and their members.
//!
//! Recorded AWS responses: `test_iam_groups.snapshot.json`, in the folder cited in `user.rs`.

use crate::api::{ApiResult, Call, Definition, Operation};
use crate::iam::{
    AddUserToGroupRequest, CreateGroupRequest, DeleteGroupRequest, GetGroupRequest, Group,
    ListGroupsForUserRequest, ListGroupsRequest, RemoveUserFromGroupRequest, UpdateGroupRequest,
};

use super::check::{already_exists, delete_conflict, quota};
use super::page::{Page, page};
use super::user::shown_in_list;
use super::{GroupRecord, group, group_mut, state, user};

/// The quotas: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>. AWS's
/// messages for these quotas are not publicly documented, so the mock's messages are modeled on the
/// messages for other quotas.
const MAX_GROUPS: usize = 300;
const MAX_GROUPS_OF_USER: usize = 10;

fn shown(record: &GroupRecord) -> Group {
    Group {
        path: record.path.clone(),
        group_name: record.name.clone(),
        group_id: record.id.clone(),
        arn: record.arn.clone(),
        create_date: record.created,
    }
}

/// Creates a group.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html>
impl Operation for CreateGroupRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.group_name.unwrap_or_default();
        let path = self.path.unwrap_or_else(|| "/".to_owned());
        let key = name.to_lowercase();
        let groups = &state(call).groups;
        if groups.contains_key(&key) {
            return Err(already_exists(format!("Group with name {name} already exists.")));
        }
        quota("GroupsPerAccount", groups.len() + 1, MAX_GROUPS)?;
        let record = GroupRecord {
            id: call.world.ids.iam("AGPA"),
            arn: call.location().global_arn("iam", format!("group{path}{name}")).to_string(),
            created: call.now,
            name,
            path,
            ..GroupRecord::default()
        };
        let group = shown(&record);
        call.iam().groups.insert(key, record);
        Ok(Self::Output { group })
    }
}

/// Returns a group and its members.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroup.html>
impl Operation for GetGroupRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let group = group(call, &self.group_name.unwrap_or_default())?;
        let users = &state(call).users;
        let members = group.members.iter().filter_map(|key| {
            let user = users.get(key)?;
            Some((key.clone(), shown_in_list(user)))
        });
        let page = page(Self::NAME, members, self.marker.as_deref(), self.max_items)?;
        Ok(Self::Output {
            group: shown(group),
            users: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

/// Lists groups whose path starts with a prefix.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroups.html>
impl Operation for ListGroupsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        let groups = state(call).groups.iter().filter(|(_, group)| group.path.starts_with(prefix));
        let groups = groups.map(|(key, group)| (key.clone(), shown(group)));
        let Page { items: groups, is_truncated, marker } =
            page(Self::NAME, groups, self.marker.as_deref(), self.max_items)?;
        Ok(Self::Output { groups, is_truncated, marker })
    }
}

/// Lists the groups that a user is in.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupsForUser.html>
impl Operation for ListGroupsForUserRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.user_name.unwrap_or_default();
        let key = user(call, &name)?.name.to_lowercase();
        let groups = state(call).groups.iter().filter(|(_, group)| group.members.contains(&key));
        let groups = groups.map(|(key, group)| (key.clone(), shown(group)));
        let Page { items: groups, is_truncated, marker } =
            page(Self::NAME, groups, self.marker.as_deref(), self.max_items)?;
        Ok(Self::Output { groups, is_truncated, marker })
    }
}

/// Changes the name or the path of a group. The group's members and policies stay the same.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html>
impl Operation for UpdateGroupRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.group_name.unwrap_or_default();
        let old = name.to_lowercase();
        group(call, &name)?;
        let new =
            self.new_group_name.as_ref().map_or_else(|| old.clone(), |new| new.to_lowercase());
        if new != old && state(call).groups.contains_key(&new) {
            let new = self.new_group_name.unwrap_or_default();
            return Err(already_exists(format!("Group with name {new} already exists.")));
        }
        let location = call.location().clone();
        let iam = call.iam();
        let Some(mut record) = iam.groups.remove(&old) else { return Ok(()) };
        record.name = self.new_group_name.unwrap_or(record.name);
        record.path = self.new_path.unwrap_or(record.path);
        let resource = format!("group{}{}", record.path, record.name);
        record.arn = location.global_arn("iam", resource).to_string();
        iam.groups.insert(new, record);
        Ok(())
    }
}

/// Deletes a group that has no members or policies.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html>
impl Operation for DeleteGroupRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.group_name.unwrap_or_default();
        let group = group(call, &name)?;
        let conflicts = [
            // https://github.com/go-to-k/delstack/issues/40
            (!group.members.is_empty(), "must remove users from group first"),
            // AWS's messages for groups are not publicly documented, so the mock uses DeleteUser's
            // messages.
            (!group.attached.is_empty(), "must detach all policies first"),
            (!group.inline.is_empty(), "must delete policies first"),
        ];
        if let Some((_, words)) = conflicts.into_iter().find(|(holds, _)| *holds) {
            return Err(delete_conflict(format!("Cannot delete entity, {words}.")));
        }
        call.iam().groups.remove(&name.to_lowercase());
        Ok(())
    }
}

/// Adds a user to a group. Adding a member again has no effect.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddUserToGroup.html>
impl Operation for AddUserToGroupRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.group_name.unwrap_or_default();
        let key = user(call, &self.user_name.unwrap_or_default())?.name.to_lowercase();
        let is_member = group(call, &name)?.members.contains(&key);
        if !is_member {
            let groups = state(call).groups.values().filter(|group| group.members.contains(&key));
            quota("GroupsPerUser", groups.count() + 1, MAX_GROUPS_OF_USER)?;
        }
        group_mut(call, &name)?.members.insert(key);
        Ok(())
    }
}

/// Removes a user from a group. Succeeds even if the user is not a member.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveUserFromGroup.html>
impl Operation for RemoveUserFromGroupRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let key = user(call, &self.user_name.unwrap_or_default())?.name.to_lowercase();
        group_mut(call, &self.group_name.unwrap_or_default())?.members.remove(&key);
        Ok(())
    }
}
