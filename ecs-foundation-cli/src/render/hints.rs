//! Help for errors and blockers that names the options and settings of this program.

use infra_core::engine::{Blocker, Remedy};
use infra_core::error::{Error, ErrorKind};

use super::style::plain;

/// Returns the help for an error. If the error has no hint of its own, the help names this program's options.
pub(crate) fn error_hint(error: &Error) -> Option<String> {
    let hint = error.hint()?;
    if hint != error.kind().hint() {
        return Some(plain(hint));
    }
    Some(match error.kind() {
        ErrorKind::AccessDenied => {
            format!("{hint}; `ecs-foundation policy` prints the required permissions")
        }
        ErrorKind::Throttled => "wait a moment or lower --parallelism, then run again".to_owned(),
        ErrorKind::NotManaged => "pass --adopt to adopt it, or use another name".to_owned(),
        _ => hint.to_owned(),
    })
}

/// Returns the help for a blocker: its hint and the option or setting that resolves it.
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
