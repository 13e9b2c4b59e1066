//! Where moto answers otherwise than the mock, and AWS's own word that shows the mock to be right.

/// A difference that is accepted. In the patterns, `*` stands for any text and `|` stands between alternatives.
#[derive(Debug)]
pub(super) struct Accepted {
    /// The operations.
    pub(super) on: &'static str,
    /// The member of the answers in which they differ; empty where a side refuses.
    pub(super) at: &'static str,
    /// What the mock says: `answer`, a refusal as `400 Code: words`, or the member's value.
    pub(super) ours: &'static str,
    /// What moto says.
    pub(super) moto: &'static str,
    /// Where AWS says that the mock is right.
    pub(super) source: &'static str,
}

/// All of them.
pub(super) const ACCEPTED: &[Accepted] = &[];
