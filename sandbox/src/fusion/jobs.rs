//! The scheduler: requests, their states in time, and what falls due next.
//!
//! There are no timers. Each step of a job is due at a moment, and whoever looks
//! at the pod first lets everything that is due by then happen, in order. So the
//! state always is what it would be, at no cost while nobody looks.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

/// Request identifiers start here.
const FIRST_REQUEST: u64 = 10_070_001;

/// The jobs the pod knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JobKind {
    /// Loads a file: parent of the two below, and of the import in a bulk call.
    LoadController,
    /// Fetches the document.
    TransferFile,
    /// Puts its rows into the interface.
    LoadFile,
    /// Journal Import's launcher.
    ImportLauncher,
    /// The import itself.
    ImportChild,
    /// Posts batches.
    AutomaticPosting,
}

const LOADER_PACKAGE: &str =
    "/oracle/apps/ess/financials/commonModules/shared/common/interfaceLoader";
const LEDGER_PACKAGE: &str = "/oracle/apps/ess/financials/generalLedger/programs/common";

impl JobKind {
    /// The kind a client may submit, by package and definition name.
    pub(super) fn submittable(package: &str, definition: &str) -> Option<Self> {
        let wanted = format!("/{}", package.trim_matches('/'));
        [
            Self::LoadController,
            Self::ImportLauncher,
            Self::AutomaticPosting,
        ]
        .into_iter()
        .find(|kind| kind.package() == wanted && kind.definition() == definition)
    }

    /// Job package.
    pub(super) fn package(self) -> &'static str {
        match self {
            Self::LoadController | Self::TransferFile | Self::LoadFile => LOADER_PACKAGE,
            Self::ImportLauncher | Self::ImportChild | Self::AutomaticPosting => LEDGER_PACKAGE,
        }
    }

    /// Job definition name.
    pub(super) fn definition(self) -> &'static str {
        match self {
            Self::LoadController => "InterfaceLoaderController",
            Self::TransferFile => "InterfaceLoaderTransferFile",
            Self::LoadFile => "InterfaceLoaderSqlldrImport",
            Self::ImportLauncher => "JournalImportLauncher",
            Self::ImportChild => "JournalImport",
            Self::AutomaticPosting => "AutomaticPosting",
        }
    }

    /// Name people see.
    pub(super) fn display(self) -> &'static str {
        match self {
            Self::LoadController => "Load Interface File for Import",
            Self::TransferFile => "Transfer File",
            Self::LoadFile => "Load File to Interface",
            Self::ImportLauncher => "Import Journals",
            Self::ImportChild => "Import Journals: Child",
            Self::AutomaticPosting => "AutoPost Journals",
        }
    }

    /// Whether it only runs others.
    fn is_parent(self) -> bool {
        matches!(self, Self::LoadController | Self::ImportLauncher)
    }
}

/// A request's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// Submitted.
    Wait,
    /// Running.
    Running,
    /// Waiting for a child; not final.
    Paused,
    /// Ended well.
    Succeeded,
    /// Ended with something refused.
    Warning,
    /// Failed.
    Error,
}

impl State {
    /// The word the APIs show.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Wait => "WAIT",
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Succeeded => "SUCCEEDED",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
        }
    }
}

/// A job with its arguments.
pub(super) type Planned = (JobKind, Vec<String>);

/// One scheduled process.
#[derive(Debug)]
pub(super) struct Request {
    /// Request identifier.
    pub id: u64,
    /// Parent request, if it is a child.
    pub parent: Option<u64>,
    /// The topmost request of its tree; itself for a top request.
    pub absolute_parent: u64,
    /// Which job.
    pub kind: JobKind,
    /// Its arguments in order.
    pub arguments: Vec<String>,
    /// State now.
    pub state: State,
    /// User who submitted it.
    pub submitter: String,
    /// Whether its error files are extracted (the job options of a bulk call ask for it).
    pub extracts_files: bool,
    /// When it was submitted.
    pub submitted: Timestamp,
    /// When it started.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub completed: Option<Timestamp>,
    /// What it wrote.
    pub log: String,
    /// Its children so far.
    pub children: Vec<u64>,
    /// Children still to be started.
    pub planned: VecDeque<Planned>,
}

/// Something that happens at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// A request starts to run.
    Start(u64),
    /// A running request does its work, or starts its next child, or ends.
    Proceed(u64),
    /// Scheduled AutoPost.
    AutoPost,
}

/// Who submits what.
#[derive(Debug)]
pub(super) struct Submission {
    /// The job.
    pub kind: JobKind,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// The user.
    pub submitter: String,
    /// Whether error files are extracted.
    pub extracts_files: bool,
    /// Jobs to run as children after those the job plans itself.
    pub planned: Vec<Planned>,
    /// How much longer than usual it waits before it starts.
    pub queued: Duration,
}

/// All requests and what is due.
#[derive(Debug)]
pub(super) struct Scheduler {
    requests: BTreeMap<u64, Request>,
    agenda: BTreeMap<(Timestamp, u64), Step>,
    steps_given: u64,
    duration: Duration,
}

impl Scheduler {
    /// An empty scheduler whose jobs take so long each.
    pub(super) fn new(duration: Duration) -> Self {
        Self {
            requests: BTreeMap::new(),
            agenda: BTreeMap::new(),
            steps_given: 0,
            duration,
        }
    }

    /// Changes how long jobs take; steps already on the agenda stay where they are.
    pub(super) fn set_duration(&mut self, duration: Duration) {
        self.duration = duration;
    }

    /// Submits a top request and returns its identifier.
    pub(super) fn submit(&mut self, submission: Submission, at: Timestamp) -> u64 {
        let id = self.next_id();
        self.insert(
            Request {
                id,
                parent: None,
                absolute_parent: id,
                kind: submission.kind,
                arguments: submission.arguments,
                state: State::Wait,
                submitter: submission.submitter,
                extracts_files: submission.extracts_files,
                submitted: at,
                started: None,
                completed: None,
                log: String::new(),
                children: Vec::new(),
                planned: submission.planned.into(),
            },
            later(at, submission.queued),
        )
    }

    /// Starts a child under a request, which pauses until the child has ended.
    pub(super) fn spawn(&mut self, parent: u64, (kind, arguments): Planned, at: Timestamp) {
        let id = self.next_id();
        let Some(above) = self.requests.get_mut(&parent) else {
            return;
        };
        above.state = State::Paused;
        above.children.push(id);
        let child = Request {
            id,
            parent: Some(parent),
            absolute_parent: above.absolute_parent,
            kind,
            arguments,
            state: State::Wait,
            submitter: above.submitter.clone(),
            extracts_files: above.extracts_files,
            submitted: at,
            started: None,
            completed: None,
            log: String::new(),
            children: Vec::new(),
            planned: VecDeque::new(),
        };
        self.insert(child, at);
    }

    /// The next step that is due by a moment, with the moment it was due.
    pub(super) fn due(&mut self, now: Timestamp) -> Option<(Timestamp, Step)> {
        let ((at, _), _) = self.agenda.first_key_value()?;
        if *at > now {
            return None;
        }
        self.agenda.pop_first().map(|((at, _), step)| (at, step))
    }

    /// Puts a step on the agenda.
    pub(super) fn schedule(&mut self, at: Timestamp, step: Step) {
        self.steps_given += 1;
        self.agenda.insert((at, self.steps_given), step);
    }

    /// A request starts to run.
    pub(super) fn start(&mut self, id: u64, at: Timestamp) {
        let (waited, rest) = self.phases();
        let Some(request) = self.requests.get_mut(&id) else {
            return;
        };
        request.state = State::Running;
        request.started = Some(at);
        let ready = if request.kind.is_parent() {
            waited
        } else {
            rest
        };
        self.schedule(later(at, ready), Step::Proceed(id));
    }

    /// A request ends; its parent goes on at once.
    pub(super) fn finish(&mut self, id: u64, state: State, at: Timestamp) {
        let Some(request) = self.requests.get_mut(&id) else {
            return;
        };
        request.state = state;
        request.completed = Some(at);
        if let Some(parent) = request.parent {
            self.schedule(at, Step::Proceed(parent));
        }
    }

    /// A request by identifier.
    pub(super) fn get(&self, id: u64) -> Option<&Request> {
        self.requests.get(&id)
    }

    /// A request by identifier, to write its log and plan.
    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut Request> {
        self.requests.get_mut(&id)
    }

    /// All requests, oldest first.
    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = &Request> {
        self.requests.values()
    }

    /// A request and everything below it, parents first.
    pub(super) fn tree(&self, id: u64) -> Vec<&Request> {
        let mut tree = Vec::new();
        let mut open = VecDeque::from([id]);
        while let Some(request) = open.pop_front().and_then(|id| self.get(id)) {
            open.extend(&request.children);
            tree.push(request);
        }
        tree
    }

    /// Adds a request that begins its wait at a moment.
    fn insert(&mut self, request: Request, at: Timestamp) -> u64 {
        let id = request.id;
        self.requests.insert(id, request);
        let (wait, _) = self.phases();
        self.schedule(later(at, wait), Step::Start(id));
        id
    }

    fn next_id(&self) -> u64 {
        FIRST_REQUEST + self.requests.len() as u64
    }

    /// Time a request waits, and time it then works.
    fn phases(&self) -> (Duration, Duration) {
        let wait = self.duration / 4;
        (wait, self.duration - wait)
    }
}

/// A moment some time after another.
pub(super) fn later(at: Timestamp, delay: Duration) -> Timestamp {
    at.saturating_add(delay).unwrap_or(Timestamp::MAX)
}
