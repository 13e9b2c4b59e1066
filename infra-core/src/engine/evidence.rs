//! Evidence about resources, collected from all components before planning starts.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::Address;
use crate::resource::Ownership;

/// What the observed state of all components reveals about which resources exist and who owns them.
///
/// A resource's own attributes do not always reveal who owns it. For example, an IAM role has no
/// region, but the policy of a related role can contain the region where both roles are used.
/// Components add evidence with [`Component::evidence`](super::Component::evidence), and every plan
/// can use the evidence through [`Draft::evidence`](super::Draft::evidence).
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    found: BTreeSet<Address>,
    owners: BTreeMap<Address, Ownership>,
}

impl Evidence {
    /// Records that a managed resource exists.
    pub fn add_found(&mut self, address: &Address) {
        self.found.insert(address.clone());
    }

    /// Records the ownership of a resource. If the ownership of a resource is recorded several
    /// times, the most restrictive value applies.
    pub fn add_ownership(&mut self, address: &Address, ownership: Ownership) {
        let judged = self.ownership(address, ownership);
        self.owners.insert(address.clone(), judged);
    }

    /// Returns whether a managed resource was found at this address.
    pub fn is_found(&self, address: &Address) -> bool {
        self.found.contains(address)
    }

    /// Returns the ownership of a resource. `own` is the ownership according to the resource's own
    /// attributes. If the evidence contains a more restrictive value, that value is returned
    /// instead of `own`.
    pub fn ownership(&self, address: &Address, own: Ownership) -> Ownership {
        let rank = |ownership: &Ownership| match ownership {
            Ownership::Managed => 0,
            Ownership::NotManaged { .. } => 1,
            Ownership::Claimed { .. } => 2,
        };
        match self.owners.get(address) {
            Some(other) if rank(other) > rank(&own) => other.clone(),
            _ => own,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Evidence;
    use crate::engine::Address;
    use crate::resource::Ownership;

    #[test]
    fn the_judgement_that_keeps_most_counts() {
        let (address, other) = (Address::new("iam_role", "a"), Address::new("iam_role", "b"));
        let not_managed = Ownership::NotManaged { reason: "it has no Name tag".to_owned() };
        let claimed = Ownership::Claimed {
            reason: "it serves eu-west-1".to_owned(),
            hint: "use another name".to_owned(),
            remedy: None,
        };
        let mut evidence = Evidence::default();
        assert_eq!(evidence.ownership(&address, Ownership::Managed), Ownership::Managed);
        evidence.add_ownership(&address, claimed.clone());
        evidence.add_ownership(&address, not_managed.clone());
        assert_eq!(evidence.ownership(&address, Ownership::Managed), claimed);
        assert_eq!(evidence.ownership(&address, not_managed.clone()), claimed);
        assert_eq!(evidence.ownership(&other, not_managed.clone()), not_managed);
    }
}
