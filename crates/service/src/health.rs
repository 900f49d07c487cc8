//! The health of this process: each component says how it is, and the process
//! is as well as its worst component.

use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use answer::masks;
use serde::Serialize;

static COMPONENTS: LazyLock<Mutex<BTreeMap<String, State>>> = LazyLock::new(Mutex::default);

/// How a component is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", content = "because", rename_all = "snake_case")]
pub enum State {
    /// It has not worked yet.
    Starting,
    /// It works.
    Ok,
    /// It works, but for something that waits until a person acts.
    Waiting(String),
    /// It cannot work now and tries on.
    Failing(String),
}

/// One part of the process that can fail by itself, such as `poster/us`.
#[derive(Debug, Clone)]
pub struct Component(String);

/// Registers a component, which is starting.
pub fn component(name: impl Into<String>) -> Component {
    let component = Component(name.into());
    component.set(State::Starting);
    component
}

impl Component {
    /// What it is called.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// It works.
    pub fn ok(&self) {
        self.set(State::Ok);
    }

    /// It works; some of what it has to do waits, for the reason given.
    pub fn waiting(&self, because: impl Into<String>) {
        self.set(State::Waiting(masked(because)));
    }

    /// It cannot work, for the reason given, which a person will read.
    pub fn failing(&self, because: impl Into<String>) {
        self.set(State::Failing(masked(because)));
    }

    /// It is done, and others tell from now on how the process is.
    pub fn withdraw(self) {
        let mut components = COMPONENTS.lock().unwrap_or_else(PoisonError::into_inner);
        components.remove(&self.0);
    }

    fn set(&self, state: State) {
        let mut components = COMPONENTS.lock().unwrap_or_else(PoisonError::into_inner);
        components.insert(self.0.clone(), state);
    }
}

fn masked(because: impl Into<String>) -> String {
    masks::mask(&because.into()).into_owned()
}

/// All components and how they are.
pub fn components() -> BTreeMap<String, State> {
    COMPONENTS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

/// Whether every component works.
pub fn is_ready(components: &BTreeMap<String, State>) -> bool {
    let works = |state: &State| matches!(state, State::Ok | State::Waiting(_));
    !components.is_empty() && components.values().all(works)
}
