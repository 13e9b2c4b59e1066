//! The paths of the registry protocol.

/// The resource that a path identifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target<'p> {
    Base,
    Catalog,
    Tags {
        name: &'p str,
    },
    Manifest {
        name: &'p str,
        /// A tag or a digest.
        reference: &'p str,
    },
    Blob {
        name: &'p str,
        digest: &'p str,
    },
    Uploads {
        name: &'p str,
    },
    Upload {
        name: &'p str,
        id: &'p str,
    },
    Referrers {
        name: &'p str,
        digest: &'p str,
    },
}

/// Returns whether a path belongs to the registry.
pub(super) fn is_registry(path: &str) -> bool {
    path.strip_prefix("/v2").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl<'p> Target<'p> {
    /// Returns the resource that a decoded path identifies. Repository names can contain slashes.
    pub(super) fn of(path: &'p str) -> Option<Self> {
        let rest = path.strip_prefix("/v2")?;
        match rest {
            "" | "/" => return Some(Self::Base),
            "/_catalog" => return Some(Self::Catalog),
            _ => {}
        }
        let rest = rest.strip_prefix('/')?;
        if let Some(name) = rest.strip_suffix("/tags/list") {
            return Some(Self::Tags { name });
        }
        let parts = rest.trim_end_matches('/');
        if let Some(name) = parts.strip_suffix("/blobs/uploads") {
            return Some(Self::Uploads { name });
        }
        let (rest, last) = parts.rsplit_once('/')?;
        if let Some(name) = rest.strip_suffix("/blobs/uploads") {
            return Some(Self::Upload { name, id: last });
        }
        let (name, kind) = rest.rsplit_once('/')?;
        match kind {
            "manifests" => Some(Self::Manifest { name, reference: last }),
            "blobs" => Some(Self::Blob { name, digest: last }),
            "referrers" => Some(Self::Referrers { name, digest: last }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Target, is_registry};

    #[test]
    fn paths_name_resources_of_repositories_with_slashes() {
        let name = "team/blobs/app";
        for (rest, target) in [
            ("tags/list", Target::Tags { name }),
            ("manifests/v1", Target::Manifest { name, reference: "v1" }),
            ("manifests/sha256:0", Target::Manifest { name, reference: "sha256:0" }),
            ("blobs/sha256:0", Target::Blob { name, digest: "sha256:0" }),
            ("blobs/uploads/", Target::Uploads { name }),
            ("blobs/uploads", Target::Uploads { name }),
            ("blobs/uploads/1-2", Target::Upload { name, id: "1-2" }),
            ("referrers/sha256:0", Target::Referrers { name, digest: "sha256:0" }),
        ] {
            assert_eq!(Target::of(&format!("/v2/{name}/{rest}")), Some(target));
        }
        assert_eq!(Target::of("/v2/"), Some(Target::Base));
        assert_eq!(Target::of("/v2"), Some(Target::Base));
        assert_eq!(Target::of("/v2/_catalog"), Some(Target::Catalog));
        for path in ["/v2/app", "/v2/app/others/v1", "/v2x", "/"] {
            assert_eq!(Target::of(path), None, "{path}");
        }
        assert!(is_registry("/v2/app/tags/list") && !is_registry("/v2x") && !is_registry("/"));
    }
}
