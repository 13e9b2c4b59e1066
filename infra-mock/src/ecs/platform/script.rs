//! Scripts that define how containers behave in tests.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use infra_core::arn::Location;

use super::role::Session;
use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::time::Timestamp;

/// How a container behaves in a test. The script replaces the container's real code.
///
/// ```
/// use std::time::Duration;
///
/// use infra_mock::ecs::Script;
///
/// let migration = Script::exits(0).after(Duration::from_secs(20)).prints("42 tables migrated");
/// let server = Script::runs().prints("listening on port 80");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Script {
    lines: Vec<String>,
    exit: Option<(Duration, i32)>,
    code: Option<Code>,
}

/// A closure that replaces the container's code.
#[derive(Clone)]
struct Code(Arc<dyn Fn(&mut RunningContainer<'_, '_>) + Send + Sync>);

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code")
    }
}

impl Script {
    /// Creates a script that runs until the container is stopped.
    pub fn runs() -> Self {
        Self::default()
    }

    /// Creates a script that ends immediately with this exit code.
    pub fn exits(code: i32) -> Self {
        Self { exit: Some((Duration::ZERO, code)), ..Self::default() }
    }

    /// Sets how long the script runs before it ends. A script created with [`runs`](Self::runs)
    /// then ends with exit code 0.
    #[must_use]
    pub fn after(mut self, time: Duration) -> Self {
        let code = self.exit.map_or(0, |(_, code)| code);
        self.exit = Some((time, code));
        self
    }

    /// Adds a line that the container prints when it starts.
    #[must_use]
    pub fn prints(mut self, line: impl Into<String>) -> Self {
        self.lines.push(line.into());
        self
    }

    /// Sets code that runs when the container starts, after the container has printed the lines
    /// from [`prints`](Self::prints). The code can call AWS with the credentials of the task role,
    /// print more lines, and change when and how the container exits. The code runs during a call
    /// to the mock, so it can call the mock only through [`RunningContainer::call`].
    #[must_use]
    pub fn calls(
        mut self,
        code: impl Fn(&mut RunningContainer<'_, '_>) + Send + Sync + 'static,
    ) -> Self {
        self.code = Some(Code(Arc::new(code)));
        self
    }
}

/// The scripts of containers, by container name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scripts(BTreeMap<String, Script>);

impl Scripts {
    /// Sets the script of all containers with this name.
    pub(crate) fn set(&mut self, container: &str, script: Script) {
        self.0.insert(container.to_owned(), script);
    }

    fn get(&self, container: &str) -> Script {
        self.0.get(container).cloned().unwrap_or_default()
    }
}

/// A container whose code is running.
#[derive(Debug)]
pub struct RunningContainer<'r, 'c> {
    call: &'r mut Call<'c>,
    name: String,
    image: String,
    environment: BTreeMap<String, String>,
    location: Location,
    session: Option<Session>,
    lines: Vec<String>,
    exit: Option<(Duration, i32)>,
}

impl RunningContainer<'_, '_> {
    /// Returns the container's name in the task definition.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the name of the image, as written in the task definition.
    pub fn image(&self) -> &str {
        &self.image
    }

    /// Returns an environment variable from the task definition or an override.
    pub fn environment(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str)
    }

    /// Returns the time at which the container started.
    pub fn now(&self) -> Timestamp {
        self.call.now
    }

    /// Prints a line.
    pub fn print(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    /// Makes the container exit with this code after the given time.
    pub fn exit(&mut self, code: i32, after: Duration) {
        self.exit = Some((after, code));
    }

    /// Calls AWS with the credentials of the task role, in the task's region.
    ///
    /// # Errors
    /// Returns AWS's error. If the task has no task role, the error is `NoCredentials`, because a
    /// real SDK would find no credentials.
    pub fn call<O: Operation>(&mut self, operation: O) -> ApiResult<O::Output> {
        let Some(session) = &self.session else {
            return Err(ApiError::new(
                "NoCredentials",
                format!("the container {} has no task role credentials", self.name),
            ));
        };
        session.call(self.call, &self.location, operation)
    }
}

/// The result of running the code of a container that has just started.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) lines: Vec<String>,
    /// The time until the container exits, and the exit code.
    pub(super) exit: Option<(Duration, i32)>,
}

/// Runs the code of a container that has just started.
pub(super) fn run(
    scripts: &Scripts,
    call: &mut Call<'_>,
    (name, image): (&str, &str),
    environment: BTreeMap<String, String>,
    session: Option<Session>,
) -> Outcome {
    let Script { lines, exit, code } = scripts.get(name);
    let location = call.location().clone();
    let Some(Code(code)) = code else { return Outcome { lines, exit } };
    let mut container = RunningContainer {
        call,
        name: name.to_owned(),
        image: image.to_owned(),
        environment,
        location,
        session,
        lines,
        exit,
    };
    code(&mut container);
    let RunningContainer { lines, exit, .. } = container;
    Outcome { lines, exit }
}
