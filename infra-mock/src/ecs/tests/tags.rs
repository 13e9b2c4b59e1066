//! Tags.

use super::{ARN, EcsBench, demo, named, owned};
use crate::ecs::{
    CreateClusterRequest, ListTagsForResourceRequest, Tag, TagResourceRequest, UntagResourceRequest,
};

fn tag(arn: &str, tags: Vec<Tag>) -> TagResourceRequest {
    TagResourceRequest { resource_arn: Some(arn.to_owned()), tags: Some(tags) }
}

fn untag(arn: &str, keys: &[&str]) -> UntagResourceRequest {
    UntagResourceRequest { resource_arn: Some(arn.to_owned()), tag_keys: Some(owned(keys)) }
}

fn list(arn: &str) -> ListTagsForResourceRequest {
    ListTagsForResourceRequest { resource_arn: Some(arn.to_owned()) }
}

fn many(n: usize) -> Vec<Tag> {
    (0..n).map(|n| Tag::new(format!("k{n:02}"), "v")).collect()
}

#[test]
fn tags_are_set_changed_and_removed() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    ecs.run(tag(ARN, vec![Tag::new("team", "a"), Tag::new("Name", "new")])).unwrap();
    let tags = ecs.run(list(ARN)).unwrap().tags;
    assert_eq!(tags, [Tag::new("Name", "new"), Tag::new("team", "a")]);
    ecs.run(untag(ARN, &["team", "never-there"])).unwrap();
    assert_eq!(ecs.look("demo").tags, [Tag::new("Name", "new")]);
}

#[test]
fn a_resource_has_at_most_fifty_tags() {
    let mut ecs = EcsBench::new();
    let too_many = "InvalidParameterException: Tags can have at most 50 items.";
    let request = CreateClusterRequest { tags: Some(many(51)), ..named("other") };
    assert_eq!(ecs.refused(request), too_many);
    ecs.create(CreateClusterRequest { tags: Some(many(50)), ..named("demo") });
    assert_eq!(ecs.refused(tag(ARN, many(51))), too_many);
    assert_eq!(
        ecs.refused(tag(ARN, vec![Tag::new("one-more", "v")])),
        "LimitExceededException: The resource can have at most 50 tags."
    );
    assert!(ecs.run(tag(ARN, vec![Tag::new("k00", "changed")])).is_ok());
}

#[test]
fn tags_that_break_a_rule_are_refused() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    let cases = [
        (Tag::new("aws:x", "v"), "Tag key must not start with aws:"),
        (Tag::new("AwS:x", "v"), "Tag key must not start with aws:"),
        (Tag::new("k", "aws:x"), "Tag value must not start with aws:"),
        (Tag::new("k".repeat(129), "v"), "Tag key can have at most 128 characters."),
        (Tag::new("k", "v".repeat(257)), "Tag value can have at most 256 characters."),
        (Tag::new("", "v"), "Tag key can not be blank."),
        (Tag { key: None, value: None }, "Tag key can not be blank."),
        (Tag::new("a#b", "v"), r"Tag key must match ^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$, but was a#b"),
    ];
    for (bad, message) in cases {
        let expected = format!("InvalidParameterException: {message}");
        let request = CreateClusterRequest { tags: Some(vec![bad.clone()]), ..named("other") };
        assert_eq!(ecs.refused(request), expected);
        assert_eq!(ecs.refused(tag(ARN, vec![bad])), expected);
    }
    let twice = vec![Tag::new("k", "1"), Tag::new("k", "2")];
    assert_eq!(ecs.refused(tag(ARN, twice)), "InvalidParameterException: Tag keys must be unique");
    let good =
        vec![Tag::new("Größe 1", "a.b:c/d=e+f-g@h_i"), Tag { key: Some("k".into()), value: None }];
    assert!(ecs.run(tag(ARN, good)).is_ok());
    assert_eq!(
        ecs.refused(untag(ARN, &["aws:x"])),
        "InvalidParameterException: Tag key must not start with aws:"
    );
}

#[test]
fn missing_required_members_are_refused() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    assert_eq!(
        ecs.refused(TagResourceRequest { tags: None, ..tag(ARN, Vec::new()) }),
        "InvalidParameterException: Tags cannot be empty."
    );
    assert_eq!(
        ecs.refused(UntagResourceRequest { tag_keys: None, ..untag(ARN, &[]) }),
        "InvalidParameterException: Tag keys cannot be empty."
    );
    assert_eq!(
        ecs.refused(ListTagsForResourceRequest::default()),
        "InvalidParameterException: Resource ARN can not be blank."
    );
}

#[test]
fn an_inactive_cluster_has_no_tags_to_change_or_list() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    ecs.delete("demo");
    let refusal = "InvalidParameterException: The specified cluster is inactive. Specify an active \
                   cluster and try again.";
    assert_eq!(ecs.refused(tag(ARN, Vec::new())), refusal);
    assert_eq!(ecs.refused(untag(ARN, &[])), refusal);
    assert_eq!(ecs.refused(list(ARN)), refusal);
}

#[test]
fn arns_of_missing_clusters_are_refused() {
    let mut ecs = EcsBench::new();
    let missing = "ClusterNotFoundException: Cluster not found.";
    let cases = [
        (ARN, missing),
        ("arn:aws:ecs:eu-west-1:123456789012:cluster/demo", missing),
        (
            "demo",
            "ClientException: com.amazon.arn.ARNSyntaxException: Fifth colon (namespace/relative-id \
             delimiter) not found: demo",
        ),
        (
            "arn:aws:ecr:us-east-1:123456789012:repository/demo",
            "InvalidParameterException: The ARN provided is invalid",
        ),
        (
            "arn:aws:ecs:us-east-1:123456789012:service/web",
            "InvalidParameterException: Long arn format must be used for tagging operations",
        ),
        (
            "arn:aws:ecs:us-east-1:123456789012:service/demo/web",
            "ResourceNotFoundException: The specified resource wasn't found.",
        ),
        (
            "arn:aws:ecs:us-east-1:123456789012:moon/demo",
            "InvalidParameterException: Unsupported resource type: moon",
        ),
        (
            "arn:aws:ecs:us-east-1:123456789012:cluster",
            "InvalidParameterException: Invalid identifier: Unexpected number of separators",
        ),
    ];
    for (arn, refusal) in cases {
        assert_eq!(ecs.refused(tag(arn, Vec::new())), refusal);
        assert_eq!(ecs.refused(untag(arn, &[])), refusal);
        assert_eq!(ecs.refused(list(arn)), refusal);
    }
}
