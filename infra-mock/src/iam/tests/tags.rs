//! Tests for the tags of roles.

use super::{Fixture, create, no_role, refusal, some};
use crate::iam::{
    CreateRoleRequest, ListRoleTagsRequest, Tag, TagRoleRequest, UntagRoleRequest,
    ensure_ecs_service_linked_role,
};

fn tag(tags: &[(&str, &str)]) -> TagRoleRequest {
    let tags = tags.iter().map(|(key, value)| Tag::new(*key, *value)).collect();
    TagRoleRequest { role_name: some("app"), tags }
}

fn many(count: usize) -> Vec<Tag> {
    (0..count).map(|i| Tag::new(format!("key{i}"), "")).collect()
}

fn list() -> ListRoleTagsRequest {
    ListRoleTagsRequest { role_name: some("app"), ..Default::default() }
}

#[test]
fn tags_are_set_overwritten_listed_and_removed() {
    let mut aws = Fixture::new();
    aws.role("app");
    aws.ok(tag(&[("Name", "app"), ("Team", "a")]));
    aws.ok(tag(&[("team", "")]));
    let tags = aws.ok(list()).tags;
    assert_eq!(tags, [Tag::new("Name", "app"), Tag::new("team", "")]);
    let first = aws.ok(ListRoleTagsRequest { max_items: Some(1), ..list() });
    let second = aws.ok(ListRoleTagsRequest { marker: first.marker, ..list() });
    assert_eq!((first.is_truncated, second.tags), (true, vec![Tag::new("team", "")]));

    let tag_keys = vec!["TEAM".to_owned(), "absent".to_owned()];
    aws.ok(UntagRoleRequest { role_name: some("app"), tag_keys });
    assert_eq!(aws.ok(list()).tags, [Tag::new("Name", "app")]);
}

#[test]
fn a_service_linked_role_can_be_tagged() {
    let mut aws = Fixture::new();
    ensure_ecs_service_linked_role(&mut aws.call());
    let role_name = some("AWSServiceRoleForECS");
    aws.ok(TagRoleRequest { role_name, ..tag(&[("Team", "a")]) });
}

#[test]
fn tag_keys_are_unique_regardless_of_case() {
    let mut aws = Fixture::new();
    let doubled = refusal(
        "InvalidInput",
        400,
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    );
    let tags = tag(&[("Name", "a"), ("name", "b")]).tags;
    assert_eq!(aws.refused(CreateRoleRequest { tags, ..create("app") }), doubled);
    aws.role("app");
    assert_eq!(aws.refused(tag(&[("a", "1"), ("a", "1")])), doubled);
}

#[test]
fn a_role_has_at_most_fifty_tags() {
    let mut aws = Fixture::new();
    let words = "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member \
                 must have length less than or equal to 50";
    let request = CreateRoleRequest { tags: many(51), ..create("app") };
    assert_eq!(aws.refused(request), refusal("ValidationError", 400, words));
    aws.ok(CreateRoleRequest { tags: many(50), ..create("app") });
    aws.ok(tag(&[("KEY1", "changed")]));
    let words = "The number of tags has reached the maximum limit.";
    assert_eq!(aws.refused(tag(&[("more", "")])), refusal("LimitExceeded", 409, words));
    let tag_keys = (0..51).map(|i| format!("key{i}")).collect();
    let request = UntagRoleRequest { role_name: some("app"), tag_keys };
    let words = "1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: \
                 Member must have length less than or equal to 50";
    assert_eq!(aws.refused(request), refusal("ValidationError", 400, words));
}

#[test]
fn tag_keys_and_values_are_validated() {
    let mut aws = Fixture::new();
    aws.role("app");
    let (long_key, long_value) = ("k".repeat(129), "v".repeat(257));
    let pattern = "Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]";
    for (key, value, member, rule) in [
        (long_key.as_str(), "", "key", "Member must have length less than or equal to 128"),
        ("", "", "key", "Member must have length greater than or equal to 1"),
        ("k", &long_value, "value", "Member must have length less than or equal to 256"),
        ("k|", "", "key", &format!("{pattern}+")),
        ("k", "v|", "value", &format!("{pattern}*")),
    ] {
        let words = format!(
            "1 validation error detected: Value at 'tags.1.member.{member}' failed to satisfy \
             constraint: {rule}"
        );
        assert_eq!(aws.refused(tag(&[(key, value)])), refusal("ValidationError", 400, words));
    }
    let tags = vec![Tag { key: some("k"), value: None }];
    let words = "1 validation error detected: Value at 'tags.1.member.value' failed to satisfy \
                 constraint: Member must not be null";
    let request = TagRoleRequest { role_name: some("app"), tags };
    assert_eq!(aws.refused(request), refusal("ValidationError", 400, words));
    aws.ok(tag(&[("kéy 1 _.:/=+-@", "välue")]));

    let request = UntagRoleRequest { role_name: some("app"), tag_keys: vec![long_key] };
    let words = format!(
        "1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: Member must \
         satisfy constraint: [Member must have length less than or equal to 128, Member must have \
         length greater than or equal to 1, {pattern}+, Member must not be null]"
    );
    assert_eq!(aws.refused(request), refusal("ValidationError", 400, words));
}

#[test]
fn tag_keys_starting_with_aws_are_reserved() {
    let mut aws = Fixture::new();
    aws.role("app");
    let words = "aws: prefixed tag key names are not allowed for external use.";
    assert_eq!(aws.refused(tag(&[("AWS:x", "")])), refusal("InvalidInput", 400, words));
}

#[test]
fn tagging_errors_name_the_missing_role() {
    let mut aws = Fixture::new();
    assert_eq!(aws.refused(tag(&[("k", "v")])), no_role("app"));
    assert_eq!(aws.refused(list()), no_role("app"));
    let request = UntagRoleRequest { role_name: some("app"), tag_keys: vec!["k".to_owned()] };
    assert_eq!(aws.refused(request), no_role("app"));
}
