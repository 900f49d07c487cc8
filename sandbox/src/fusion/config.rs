//! What the stand-in pod is like: credentials, pace of its jobs, and the habits
//! that differ from one real pod to another.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Settings of one stand-in pod. `Default` is the sandbox's shared world.
#[derive(Debug, Clone)]
pub struct FusionConfig {
    /// Seeds the tokens and the daily rates; the same seed gives the same pod.
    pub seed: u64,
    /// OAuth client id; the Fusion user of the same name submits the jobs.
    pub client_id: String,
    /// OAuth client secret.
    pub client_secret: String,
    /// A Fusion user beside the client's: assertions may name it, and it may sign
    /// in by itself.
    pub user: String,
    /// That user's password.
    pub user_password: String,
    /// The ways to sign in that are open.
    pub sign_in: SignIn,
    /// The only scope the identity domain grants.
    pub scope: String,
    /// Whether there is a Fusion user of the client's name. Without one, tokens are
    /// granted all the same and every call with them is refused.
    pub fusion_user: bool,
    /// How long a token is good for.
    pub token_lifetime: Duration,
    /// Spellings of the document account that the loader reads from. A file put
    /// anywhere else uploads well and is not found later.
    pub document_accounts: Vec<String>,
    /// Time a job takes from submission to its end, its children apart.
    pub job_duration: Duration,
    /// When imported batches are posted.
    pub autopost: AutoPost,
    /// The only journal source whose batches AutoPost takes.
    pub autopost_source: String,
    /// With journal approval on, AutoPost leaves batches unposted.
    pub approval_required: bool,
    /// What Journal Import does with an unbalanced journal.
    pub unbalanced: Unbalanced,
    /// How journals are named from the interface's journal name.
    pub journal_names: JournalNames,
    /// How long a new batch is invisible to the REST read-back.
    pub read_back_lag: Duration,
    /// How long a search of the scheduler does not find a new request; by its
    /// identifier it is found at once.
    pub search_lag: Duration,
    /// How many calls a minute are answered; more get 429 until the next begins.
    /// Oracle publishes no number; without one, all are.
    pub calls_per_minute: Option<u32>,
    /// The day the calendar is laid around; the current day if absent.
    pub today: Option<Date>,
    /// What tells the pod the time.
    pub clock: PodClock,
}

/// Tells the pod the time: the system's, or another's, such as a simulation's.
#[derive(Clone)]
pub struct PodClock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl PodClock {
    /// A clock that asks `now`.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl Default for PodClock {
    fn default() -> Self {
        Self::new(Timestamp::now)
    }
}

impl fmt::Debug for PodClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PodClock")
    }
}

impl Default for FusionConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            client_id: "counterfoil".into(),
            client_secret: "sbx-fusion-secret".into(),
            user: "svc.counterfoil".into(),
            user_password: "sbx-fusion-password".into(),
            sign_in: SignIn::default(),
            scope: "urn:opc:resource:fusion:sbx:erp/".into(),
            fusion_user: true,
            token_lifetime: Duration::from_secs(3600),
            document_accounts: vec![
                "fin/generalLedger/import".into(),
                "fin$/generalLedger$/import$".into(),
                "fin$/generalLedger$/import".into(),
            ],
            job_duration: Duration::from_millis(50),
            autopost: AutoPost::Immediately,
            autopost_source: "Counterfoil".into(),
            approval_required: false,
            unbalanced: Unbalanced::Refuse,
            journal_names: JournalNames::AsGiven,
            read_back_lag: Duration::ZERO,
            search_lag: Duration::ZERO,
            calls_per_minute: None,
            today: None,
            clock: PodClock::default(),
        }
    }
}

/// The ways to sign in, each open or not. All are, unless switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// Tokens for the client's credentials.
    pub client_credentials: bool,
    /// Tokens for the client's assertions about a user.
    pub jwt_assertion: bool,
    /// A user's name and password with each call.
    pub basic: bool,
}

impl Default for SignIn {
    fn default() -> Self {
        Self {
            client_credentials: true,
            jwt_assertion: true,
            basic: true,
        }
    }
}

/// When AutoPost runs on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AutoPost {
    /// Never: only the `AutomaticPosting` job or an operator posts.
    Off,
    /// As soon as a batch is imported.
    Immediately,
    /// On a schedule, every so many milliseconds.
    EveryMs(u64),
}

/// What Journal Import does with a journal whose debits and credits differ.
/// Pods differ: one refuses, a demo pod was seen to import it silently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unbalanced {
    /// Error EU02 holds the whole group.
    Refuse,
    /// The journal is imported, and never posts.
    ImportSilently,
}

/// How a journal is named. The older manual says that category and currency are
/// appended to the first 25 characters; whether Fusion does is unconfirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JournalNames {
    /// The first 25 characters of the interface's journal name.
    AsGiven,
    /// The same, followed by category and currency.
    Suffixed,
}
