//! Plans the changes to a resource, based on its fields, parts, extras and tags.

use crate::engine::{ChangeKind, Declaration, Draft, Drafted, FieldChange, Goal, Phase};
use crate::operation::Operation;
use crate::tags::Tags;

use super::component::{Observed, ResourceAction, creation_values};
use super::field::{Change, Create, Field};
use super::ownership::Permission;
use super::part::{Extras, Part};
use super::tagging::tags_to_set;
use super::{Identity, Notes, Prerequisite, Removal, Resource, Update};

type ResourceDraft = Draft<ResourceAction>;

/// Plans one resource.
pub(super) struct Planner<'a, R> {
    resource: &'a R,
    identity: Identity,
}

impl<'a, R: Resource> Planner<'a, R> {
    pub(super) fn new(resource: &'a R) -> Self {
        Self { resource, identity: resource.identity() }
    }

    /// Returns one declaration for the resource and one for each desired part.
    pub(super) fn declarations(&self) -> Vec<Declaration> {
        let Identity { address, name, depends_on, .. } = &self.identity;
        let main = Declaration {
            address: address.clone(),
            name: name.clone(),
            depends_on: depends_on.clone(),
        };
        let parts = self.resource.parts(None).into_iter().filter(|part| part.field.is_wanted());
        std::iter::once(main).chain(parts.map(|part| self.declaration(&part))).collect()
    }

    fn declaration(&self, part: &Part) -> Declaration {
        let own = std::iter::once(&self.identity.address);
        Declaration {
            address: part.address.clone(),
            name: part.name.clone(),
            depends_on: own.chain(&part.depends_on).cloned().collect(),
        }
    }

    pub(super) fn plan(&self, goal: Goal, observed: &Observed<R>, draft: &mut ResourceDraft) {
        let Identity { address, name, .. } = &self.identity;
        let found = observed.found.as_ref();
        let others = found.map(|found| self.resource.others(found)).unwrap_or_default();
        for message in observed.leftover.iter().chain(&others) {
            draft.notice(address, message);
        }
        if let Goal::Present { .. } = goal {
            for message in observed.prerequisites.iter().filter_map(Prerequisite::notice) {
                draft.notice(address, message);
            }
        }
        let ownership = found.map(|found| self.resource.ownership(found));
        let ownership = ownership.map(|own| draft.evidence().ownership(address, own));
        let permission = Permission::of(goal, ownership);
        self.doubts(goal, &permission, draft);
        let refused = permission.refuse(goal, (address, name), draft);
        match (goal, found) {
            (Goal::Present { .. }, _) if refused => {}
            (Goal::Present { .. }, None) => self.create(ChangeKind::Create, Vec::new(), draft),
            (Goal::Present { .. }, Some(found)) => {
                self.present(found, observed.contents.as_ref(), &permission, draft);
            }
            (Goal::Absent { force }, Some(found)) if !refused => {
                self.delete(found, observed.contents.as_ref(), force, draft);
            }
            (Goal::Absent { .. }, _) => self.nothing(draft),
        }
    }

    /// Blocks a deletion that is probably a mistake, unless the deletion is forced.
    fn doubts(&self, goal: Goal, permission: &Permission, draft: &mut ResourceDraft) {
        let concerns = matches!(permission, Permission::Managed | Permission::Claimed { .. });
        if goal == (Goal::Absent { force: false }) && concerns {
            let doubt = self.resource.doubt(draft.evidence());
            if let Some((message, hint)) = doubt {
                let remedy = Some(crate::engine::Remedy::Force);
                draft.blocker_with(&self.identity.address, message, hint, remedy);
            }
        }
    }

    fn nothing(&self, draft: &mut ResourceDraft) {
        for Declaration { address, name, .. } in self.declarations() {
            draft.change(&address, &name, ChangeKind::NoOp, Vec::new());
        }
    }

    /// Plans the creation of the resource and its parts. For a replacement, `changed` contains the
    /// field changes that make it necessary.
    fn create(&self, kind: ChangeKind, changed: Vec<FieldChange>, draft: &mut ResourceDraft) {
        let Identity { address, name, operations, .. } = &self.identity;
        let fields = self.resource.fields(None);
        let rows = if kind == ChangeKind::Create {
            let tags = tags_to_set(self.resource.tagging().wanted());
            fields.iter().filter_map(Field::creation).chain(tags).collect()
        } else {
            changed
        };
        draft.change(address, name, kind, rows);
        let create = ResourceAction::Create(creation_values(self.resource));
        draft.step(address, Phase::Establish, operations.create, create);
        self.updates(fields.iter().filter(|field| field.create == Create::Follows), draft);
        for part in self.resource.parts(None).iter().filter(|part| part.field.is_wanted()) {
            let rows = part.field.creation().into_iter().collect();
            draft.change(&part.address, &part.name, kind, rows);
            Self::put(part, draft);
        }
    }

    /// Drafts the steps that change these fields. Fields that have the same operation share one
    /// step.
    fn updates<'f>(&self, fields: impl IntoIterator<Item = &'f Field>, draft: &mut ResourceDraft) {
        let mut updates: Vec<Update> = Vec::new();
        for field in fields {
            let Change::By(operation) = field.change else { continue };
            let known = updates.iter().position(|it| it.operation == operation);
            let index = known.unwrap_or_else(|| {
                updates.push(update(operation, ""));
                updates.len() - 1
            });
            updates[index].values.insert(field.path.clone(), field.wanted());
        }
        for update in updates {
            let operation = update.operation;
            let action = ResourceAction::Update(update);
            draft.step(&self.identity.address, Phase::Adjust, operation, action);
        }
    }

    /// Plans the changes to an existing resource.
    fn present(
        &self,
        found: &R::Found,
        contents: Option<&R::Contents>,
        permission: &Permission,
        draft: &mut ResourceDraft,
    ) {
        let Identity { address, name, .. } = &self.identity;
        let fields = self.resource.fields(Some(found));
        let fixed = fields.iter().filter(|field| field.change == Change::Replace);
        let fixed: Vec<FieldChange> = fixed.filter_map(Field::difference).collect();
        permission.guard(address, &fixed, draft);
        if !fixed.is_empty() {
            self.removal(found, contents, Removal::Replace, draft);
            return self.create(ChangeKind::Replace, fixed, draft);
        }
        let differing: Vec<&Field> =
            fields.iter().filter(|field| field.difference().is_some()).collect();
        let mut rows: Vec<FieldChange> =
            differing.iter().filter_map(|field| field.difference()).collect();
        for field in &differing {
            Self::notes(address, field, draft);
        }
        self.updates(differing, draft);
        for message in self.resource.notices(found) {
            draft.notice(address, message);
        }
        let removed = self.unwanted_extras(&self.resource.extras(found), &mut rows, draft);
        let (none, tagging) = (Tags::new(), self.resource.tagging());
        let tags = tagging.changes(R::tags(found).unwrap_or(&none));
        tags.plan(address, draft, |draft, change| {
            let operation = tagging.operation(&change);
            draft.step(address, Phase::Adjust, operation, ResourceAction::Tag(change))
        });
        rows.extend(tags.fields);
        draft.change(address, name, permission.action(&rows), rows);
        for part in self.resource.parts(Some(found)) {
            // Extras are removed first, because a role that has the maximum number of policies
            // cannot accept another policy.
            if let Some(put) = self.part(&part, draft) {
                draft.order(removed.iter().copied(), put);
            }
        }
    }

    fn notes(address: &crate::engine::Address, field: &Field, draft: &mut ResourceDraft) {
        for note in &field.notes {
            draft.notice(address, format!("the {} {note}", lower(&field.label)));
        }
    }

    /// Plans a part of an existing resource. Returns the step that sets the part, if a step is
    /// needed.
    fn part(&self, part: &Part, draft: &mut ResourceDraft) -> Option<Drafted> {
        let Part { address, name, field, .. } = part;
        if !field.is_wanted() {
            self.remove_unwanted(part, draft);
            return None;
        }
        if !field.is_found() {
            draft.change(address, name, ChangeKind::Create, field.creation().into_iter().collect());
            return Some(Self::put(part, draft));
        }
        if !field.is_satisfied() {
            Self::notes(address, field, draft);
            draft.change(address, name, ChangeKind::Update, vec![field.change_row()]);
            return Some(Self::put(part, draft));
        }
        draft.change(address, name, ChangeKind::NoOp, Vec::new());
        if let Some((to, notice)) = &part.bound_to {
            let row = field.change_row();
            let action = ResourceAction::Update(put_of(part));
            draft.rebind(address, to, (row, notice), part.put, action);
        }
        None
    }

    fn put(part: &Part, draft: &mut ResourceDraft) -> Drafted {
        let action = ResourceAction::Update(put_of(part));
        draft.step(&part.address, Phase::Establish, part.put, action)
    }

    /// Plans the removal of a part that exists but is no longer configured.
    fn remove_unwanted(&self, part: &Part, draft: &mut ResourceDraft) {
        if part.field.is_found() && part.removed_by.is_some() {
            draft.declare(self.declaration(part));
            draft.change(&part.address, &part.name, ChangeKind::Delete, Vec::new());
            Self::remove(part, draft);
        }
    }

    fn remove(part: &Part, draft: &mut ResourceDraft) {
        if let Some(operation) = part.removed_by {
            let action = ResourceAction::Update(update(operation, &part.key));
            draft.step(&part.address, Phase::Remove, operation, action);
        }
    }

    /// Drafts and returns the steps that remove unmanaged additions, if they should be removed.
    /// Otherwise, only reports the additions.
    fn unwanted_extras(
        &self,
        extras: &Extras,
        rows: &mut Vec<FieldChange>,
        draft: &mut ResourceDraft,
    ) -> Vec<Drafted> {
        let address = &self.identity.address;
        if extras.items.is_empty() {
            return Vec::new();
        }
        if !extras.remove {
            let (noun, list) = (extras.noun, extras.shown().join(", "));
            let message = format!("keeps unmanaged {noun}: {list}");
            draft.notice(address, message);
            return Vec::new();
        }
        let removed = |item: &super::Extra| {
            FieldChange::new(&item.path, &item.value, serde_json::Value::Null)
        };
        rows.extend(extras.items.iter().map(removed));
        self.remove_extras(extras, Phase::Adjust, draft)
    }

    fn remove_extras(
        &self,
        extras: &Extras,
        phase: Phase,
        draft: &mut ResourceDraft,
    ) -> Vec<Drafted> {
        let address = &self.identity.address;
        let remove = |item: &super::Extra| {
            let action = ResourceAction::Update(update(item.operation, &item.key));
            draft.step(address, phase, item.operation, action)
        };
        extras.items.iter().map(remove).collect()
    }

    /// Plans the deletion of the resource and its parts.
    fn delete(
        &self,
        found: &R::Found,
        contents: Option<&R::Contents>,
        force: bool,
        draft: &mut ResourceDraft,
    ) {
        let Identity { address, name, .. } = &self.identity;
        if let Some(reason) = self.resource.kept() {
            draft.notice(address, reason);
            return self.nothing(draft);
        }
        draft.change(address, name, ChangeKind::Delete, Vec::new());
        for part in self.resource.parts(Some(found)).iter().filter(|part| part.field.is_wanted()) {
            let kind = if part.field.is_found() { ChangeKind::Delete } else { ChangeKind::NoOp };
            draft.change(&part.address, &part.name, kind, Vec::new());
        }
        self.removal(found, contents, Removal::Delete { force }, draft);
    }

    /// Drafts the steps that remove the resource with its parts and extras, and reports anything
    /// that prevents the removal.
    fn removal(
        &self,
        found: &R::Found,
        contents: Option<&R::Contents>,
        removal: Removal,
        draft: &mut ResourceDraft,
    ) {
        let Identity { address, label, operations, .. } = &self.identity;
        self.obstructing_extras(&self.resource.extras(found), removal, label, draft);
        let (mut notes, unread) = (Notes::default(), R::Contents::default());
        self.resource.obstacles(found, contents.unwrap_or(&unread), removal, &mut notes);
        let Notes { notices, blockers } = notes;
        for message in notices {
            draft.notice(address, message);
        }
        for (message, hint, remedy) in blockers {
            draft.blocker_with(address, message, hint, remedy);
        }
        let parts = self.resource.parts(Some(found));
        for part in parts.iter().filter(|part| part.field.is_found()) {
            if part.field.is_wanted() {
                Self::remove(part, draft);
            } else {
                self.remove_unwanted(part, draft);
            }
        }
        for part in parts.iter().filter(|part| part.removed_by.is_none()) {
            if let Some((to, _)) = &part.bound_to {
                draft.release(&part.address, to);
            }
        }
        // Parts that have no remove operation are deleted together with the resource.
        let together = |part: &&Part| part.field.is_wanted() && part.removed_by.is_none();
        let also: Vec<_> = match removal {
            Removal::Delete { .. } => {
                parts.iter().filter(together).map(|part| part.address.clone()).collect()
            }
            Removal::Replace => Vec::new(),
        };
        let force = matches!(removal, Removal::Delete { force: true });
        let delete = ResourceAction::Delete { force };
        draft.step_for(address, &also, Phase::Remove, operations.delete, delete);
    }

    fn obstructing_extras(
        &self,
        extras: &Extras,
        removal: Removal,
        label: &str,
        draft: &mut ResourceDraft,
    ) {
        if extras.items.is_empty() {
            return;
        }
        let address = &self.identity.address;
        let (noun, label, list) = (extras.noun, lower(label), extras.shown().join(", "));
        if extras.remove || removal == (Removal::Delete { force: true }) {
            draft.notice(address, format!("removes unmanaged {noun} from the {label}: {list}"));
            self.remove_extras(extras, Phase::Prepare, draft);
            return;
        }
        let remedy = match removal {
            Removal::Delete { .. } => Some(crate::engine::Remedy::Force),
            Removal::Replace => extras.remedy.clone(),
        };
        let message = format!("cannot delete the {label}: it has unmanaged {noun}: {list}");
        draft.blocker_with(address, message, "remove them", remedy);
    }
}

fn update(operation: Operation, key: &str) -> Update {
    Update { operation, key: key.to_owned(), values: serde_json::Map::new() }
}

fn put_of(part: &Part) -> Update {
    let mut update = update(part.put, &part.key);
    update.values.insert(part.field.path.clone(), part.field.wanted());
    update
}

/// Makes the first letter of a label lowercase, for use inside a sentence: `Log group` becomes
/// `log group`.
fn lower(label: &str) -> String {
    let mut letters = label.chars();
    let first = letters.next().map(|first| first.to_lowercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}
