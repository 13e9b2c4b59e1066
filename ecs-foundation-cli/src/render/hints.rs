//! What to do about an error or a blocker, with the flags and settings of this program.

use infra_core::engine::{Blocker, Remedy};
use infra_core::error::{Error, ErrorKind};

use super::style::plain;

/// Returns what to do about an error. Where the error has no hint of its own, this program's flags are named.
pub(crate) fn error_hint(error: &Error) -> Option<String> {
    let hint = error.hint()?;
    if hint != error.kind().hint() {
        return Some(plain(hint));
    }
    Some(match error.kind() {
        ErrorKind::AccessDenied => {
            format!("{hint}; `ecs-foundation policy` prints all that it has to be allowed")
        }
        ErrorKind::Throttled => "wait a little, or lower --parallelism, and run again".to_owned(),
        ErrorKind::NotManaged => "pass --adopt to take it over, or choose another name".to_owned(),
        _ => hint.to_owned(),
    })
}

/// Returns what to do about a blocker: its hint, and the flag or setting that lifts it.
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
    fn a_hint_of_the_error_s_own_is_kept() {
        let error = Error::new(ErrorKind::NotManaged, "x").with_hint("ask its owner");
        assert_eq!(error_hint(&error).unwrap(), "ask its owner");
    }

    #[test]
    fn hints_for_a_kind_name_the_flags() {
        let hint = |kind| error_hint(&Error::new(kind, "x")).unwrap();
        assert!(hint(ErrorKind::NotManaged).contains("--adopt"));
        assert!(hint(ErrorKind::Throttled).contains("--parallelism"));
        assert!(hint(ErrorKind::AccessDenied).contains("ecs-foundation policy"));
        assert_eq!(hint(ErrorKind::InUse), ErrorKind::InUse.hint());
    }

    #[test]
    fn a_blocker_names_the_flag_or_setting_that_lifts_it() {
        let blocker = |remedy| Blocker {
            address: Address::new("iam_role", "a"),
            message: "x".to_owned(),
            hint: "remove them".to_owned(),
            remedy,
        };
        assert_eq!(blocker_hint(&blocker(None)), "remove them");
        assert_eq!(blocker_hint(&blocker(Some(Remedy::Force))), "take them off, or pass --force");
        let setting = Remedy::setting("unmanaged.policies", "\"remove\"");
        let expected = "take them off, or set unmanaged.policies = \"remove\"";
        assert_eq!(blocker_hint(&blocker(Some(setting))), expected);
    }
}
