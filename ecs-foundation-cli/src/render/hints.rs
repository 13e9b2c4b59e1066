//! Adds this program's options and settings to the help for errors and blockers.

use infra_core::engine::{Blocker, Remedy};
use infra_core::error::{Error, ErrorKind};
use infra_core::operation::iam;

use super::style::plain;

/// Returns the help for an error, which is usually the error's own hint. A generic hint is replaced
/// if this program can give more specific help.
pub(crate) fn error_hint(error: &Error) -> Option<String> {
    let hint = error.hint()?;
    if lacks_managed_policy(error) {
        return Some(LACKS_MANAGED_POLICY.to_owned());
    }
    if hint != error.kind().hint() {
        return Some(plain(hint));
    }
    Some(match error.kind() {
        ErrorKind::AccessDenied => {
            format!("{hint}; `ecs-foundation policy` prints the required permissions")
        }
        ErrorKind::Throttled => "wait a moment or lower --parallelism, then run again".to_owned(),
        ErrorKind::NotManaged => {
            "pass --adopt to adopt the resource, or use another name".to_owned()
        }
        _ => hint.to_owned(),
    })
}

/// By default, moto does not load AWS's managed policies. See `load_iam_aws_managed_policies` in
/// `moto/settings.py` of moto 5.
const LACKS_MANAGED_POLICY: &str = "check the ARN of the policy; an emulator may lack AWS's managed policies: start moto \
     with MOTO_IAM_LOAD_MANAGED_POLICIES=true";

/// Returns whether the error reports that an AWS managed policy does not exist.
fn lacks_managed_policy(error: &Error) -> bool {
    error.operation() == Some(iam::ATTACH_ROLE_POLICY)
        && error.code() == Some("NoSuchEntity")
        && error.message().contains(":iam::aws:policy/")
}

/// Returns the help for a blocker: its hint, followed by the option or setting, if any, that
/// resolves the blocker.
pub(crate) fn blocker_hint(blocker: &Blocker) -> String {
    let hint = plain(&blocker.hint);
    match &blocker.remedy {
        Some(Remedy::Force) => format!("{hint}, or pass --force"),
        Some(Remedy::Setting { path, value }) => format!("{hint}, or set {path} = {value}"),
        _ => hint,
    }
}

#[cfg(test)]
mod tests {
    use infra_core::engine::{Address, Blocker, Remedy};
    use infra_core::error::{Error, ErrorKind};
    use infra_core::operation::iam;

    use super::{blocker_hint, error_hint};

    #[test]
    fn hint_of_the_error_is_kept() {
        let error = Error::new(ErrorKind::NotManaged, "x").with_hint("ask its owner");
        assert_eq!(error_hint(&error).unwrap(), "ask its owner");
    }

    #[test]
    fn hints_for_a_kind_name_options() {
        let hint = |kind| error_hint(&Error::new(kind, "x")).unwrap();
        assert!(hint(ErrorKind::NotManaged).contains("--adopt"));
        assert!(hint(ErrorKind::Throttled).contains("--parallelism"));
        assert!(hint(ErrorKind::AccessDenied).contains("ecs-foundation policy"));
        assert_eq!(hint(ErrorKind::InUse), ErrorKind::InUse.hint());
    }

    #[test]
    fn missing_managed_policy_may_be_that_of_an_emulator() {
        let missing = |arn: &str| {
            let message = format!("Policy {arn} does not exist or is not attachable.");
            let operation = iam::ATTACH_ROLE_POLICY;
            let error = Error::from_aws(operation, "NoSuchEntity", message, Some(404));
            error_hint(&error).unwrap()
        };
        let moto = "MOTO_IAM_LOAD_MANAGED_POLICIES=true";
        let managed = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
        assert!(missing(managed).ends_with(moto));
        assert!(!missing("arn:aws:iam::123456789012:policy/own").contains(moto));
    }

    #[test]
    fn blocker_names_the_option_or_setting_that_resolves_it() {
        let blocker = |remedy| Blocker {
            address: Address::new("iam_role", "a"),
            message: "x".to_owned(),
            hint: "detach them".to_owned(),
            remedy,
        };
        assert_eq!(blocker_hint(&blocker(None)), "detach them");
        assert_eq!(blocker_hint(&blocker(Some(Remedy::Force))), "detach them, or pass --force");
        let setting = Remedy::setting("unmanaged.policies", "\"remove\"");
        let expected = "detach them, or set unmanaged.policies = \"remove\"";
        assert_eq!(blocker_hint(&blocker(Some(setting))), expected);
    }
}
