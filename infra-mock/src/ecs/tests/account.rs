//! Account settings.

use super::{EcsBench, demo, named};
use crate::ecs::{
    ClusterSetting, CreateClusterRequest, DeleteAccountSettingRequest, ListAccountSettingsRequest,
    PutAccountSettingDefaultRequest, PutAccountSettingRequest,
};

fn put(name: &str, value: &str) -> PutAccountSettingRequest {
    PutAccountSettingRequest {
        name: Some(name.to_owned()),
        value: Some(value.to_owned()),
        principal_arn: None,
    }
}

fn put_default(name: &str, value: &str) -> PutAccountSettingDefaultRequest {
    PutAccountSettingDefaultRequest { name: Some(name.to_owned()), value: Some(value.to_owned()) }
}

fn effective(name: &str) -> ListAccountSettingsRequest {
    ListAccountSettingsRequest {
        name: Some(name.to_owned()),
        effective_settings: Some(true),
        ..Default::default()
    }
}

const ROOT: &str = "arn:aws:iam::123456789012:root";

#[test]
fn the_account_default_applies_to_clusters_without_a_setting() {
    let mut ecs = EcsBench::new();
    let setting = ecs.run(put_default("containerInsights", "enhanced")).unwrap().setting;
    assert_eq!((setting.principal_arn.as_str(), setting.r#type.as_str()), (ROOT, "user"));
    let enhanced = [ClusterSetting::container_insights("enhanced")];
    assert_eq!(ecs.create(named("bare")).settings, enhanced);
    assert_eq!(ecs.create(demo()).settings, [ClusterSetting::container_insights("enabled")]);
    // `CreateCluster` compares the effective settings, so a request that spells out the default
    // matches the existing cluster.
    let same = CreateClusterRequest { settings: Some(enhanced.to_vec()), ..named("bare") };
    assert_eq!(ecs.create(same).cluster_name, "bare");
    ecs.run(put_default("containerInsights", "disabled")).unwrap();
    assert!(ecs.refused(named("bare")).contains("inconsistent"));
}

#[test]
fn the_setting_of_a_principal_overrides_the_account_default() {
    let mut ecs = EcsBench::new();
    ecs.run(put_default("containerInsights", "enhanced")).unwrap();
    let own = ecs.run(put("containerInsights", "enabled")).unwrap().setting;
    assert_eq!(own.principal_arn, "arn:aws:iam::123456789012:user/ops");
    let listed = ecs.run(effective("containerInsights")).unwrap().settings;
    assert_eq!(listed, [own]);
    assert_eq!(ecs.create(named("demo")).settings, [ClusterSetting::container_insights("enabled")]);
    ecs.caller.arn = "arn:aws:iam::123456789012:user/other".to_owned();
    let listed = ecs.run(effective("containerInsights")).unwrap().settings;
    assert_eq!((listed[0].value.as_str(), listed[0].principal_arn.as_str()), ("enhanced", ROOT));
}

#[test]
fn a_session_of_a_role_sets_for_the_role() {
    let mut ecs = EcsBench::new();
    ecs.caller.arn = "arn:aws:sts::123456789012:assumed-role/deploy/ci-17".to_owned();
    let setting = ecs.run(put("containerInsights", "enabled")).unwrap().setting;
    assert_eq!(setting.principal_arn, "arn:aws:iam::123456789012:role/deploy");
}

#[test]
fn the_settings_of_the_root_user_are_the_account_defaults() {
    let mut ecs = EcsBench::new();
    let principal_arn = Some(ROOT.to_owned());
    let request = PutAccountSettingRequest { principal_arn, ..put("awsvpcTrunking", "enabled") };
    ecs.run(request).unwrap();
    let listed = ecs.run(effective("awsvpcTrunking")).unwrap().settings;
    assert_eq!((listed[0].value.as_str(), listed[0].principal_arn.as_str()), ("enabled", ROOT));
    let principal_arn = Some(ROOT.to_owned());
    let request = ListAccountSettingsRequest { principal_arn, ..Default::default() };
    assert_eq!(ecs.run(request).unwrap().settings, listed);
    let own = ecs.run(ListAccountSettingsRequest::default()).unwrap();
    assert_eq!(own.settings, []);
}

#[test]
fn settings_are_listed_ten_at_a_time_and_filtered() {
    let mut ecs = EcsBench::new();
    let all = ListAccountSettingsRequest { effective_settings: Some(true), ..Default::default() };
    let first = ecs.run(all.clone()).unwrap();
    assert_eq!(first.settings.len(), 10);
    let next_token = first.next_token;
    let rest = ecs.run(ListAccountSettingsRequest { next_token, ..all.clone() }).unwrap();
    assert_eq!((rest.settings.len(), rest.next_token), (1, None));
    let on = |value: &str| ListAccountSettingsRequest {
        value: Some(value.to_owned()),
        ..effective("containerInsights")
    };
    assert_eq!(ecs.run(on("disabled")).unwrap().settings.len(), 1);
    assert_eq!(ecs.run(on("enabled")).unwrap().settings, []);
    let managed = ecs.run(effective("guardDutyActivate")).unwrap().settings;
    assert_eq!(managed[0].r#type, "aws_managed");
    let request = ListAccountSettingsRequest { value: Some("enabled".to_owned()), ..all.clone() };
    assert_eq!(
        ecs.refused(request),
        "InvalidParameterException: value cannot be specified without name"
    );
    let request = ListAccountSettingsRequest { max_results: Some(11), ..all.clone() };
    assert_eq!(
        ecs.refused(request),
        "InvalidParameterException: maxResults must be between 1 and 10."
    );
    let request = ListAccountSettingsRequest { next_token: Some("0".to_owned()), ..all };
    assert_eq!(ecs.refused(request), "InvalidParameterException: Invalid nextToken.");
}

#[test]
fn unknown_settings_and_values_are_refused() {
    let mut ecs = EcsBench::new();
    let unknown = "InvalidParameterException: unknown should be one of [serviceLongArnFormat,";
    assert!(ecs.refused(put("unknown", "enabled")).starts_with(unknown));
    assert!(ecs.refused(put_default("unknown", "enabled")).starts_with(unknown));
    assert!(ecs.refused(effective("unknown")).starts_with(unknown));
    let bad = [
        ("containerInsights", "ENABLED"),
        ("tagResourceAuthorization", "enabled"),
        ("fargateTaskRetirementWaitPeriod", "8"),
        ("guardDutyActivate", "on"),
    ];
    for (name, value) in bad {
        let refusal = "InvalidParameterException: Invalid setting 'value'";
        assert_eq!(ecs.refused(put(name, value)), refusal);
        assert_eq!(ecs.refused(put_default(name, value)), refusal);
    }
    let short = "InvalidParameterException: You can no longer disable Long Arn settings";
    assert_eq!(ecs.refused(put("taskLongArnFormat", "disabled")), short);
    assert_eq!(ecs.refused(put_default("serviceLongArnFormat", "disabled")), short);
    ecs.run(put("taskLongArnFormat", "enabled")).unwrap();
    assert_eq!(
        ecs.refused(PutAccountSettingRequest::default()),
        "InvalidParameterException: Setting name can not be blank."
    );
}

#[test]
fn a_deleted_setting_has_its_default_again() {
    let mut ecs = EcsBench::new();
    let delete = |principal: Option<&str>| DeleteAccountSettingRequest {
        name: Some("containerInsights".to_owned()),
        principal_arn: principal.map(str::to_owned),
    };
    ecs.run(put_default("containerInsights", "enhanced")).unwrap();
    ecs.run(put("containerInsights", "enabled")).unwrap();
    let setting = ecs.run(delete(None)).unwrap().setting;
    let user = "arn:aws:iam::123456789012:user/ops";
    assert_eq!((setting.value.as_str(), setting.principal_arn.as_str()), ("enhanced", user));
    assert_eq!(ecs.run(delete(Some(ROOT))).unwrap().setting.value, "disabled");
    let listed = ecs.run(effective("containerInsights")).unwrap().settings;
    assert_eq!(listed[0].value, "disabled");
}
