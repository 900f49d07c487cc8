//! Sending: concurrently, with retries, until delivered or given up.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::event::Event;
use super::hook::Hook;
use super::log::{Attempt, Counts, Log};
use super::settings::{RETRY_SECONDS, Settings, SettingsChange};
use super::sign;

/// Deliveries on the wire at once.
const CONCURRENCY: usize = 64;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The sender, with the hooks it sends to. Clones share one sender.
#[derive(Clone, Debug)]
pub struct Webhooks(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: reqwest::Client,
    hooks: Mutex<Hooks>,
    settings: watch::Sender<Settings>,
    log: Mutex<Log>,
    chance: Mutex<StdRng>,
    lanes: Semaphore,
    stop: CancellationToken,
    tasks: TaskTracker,
}

#[derive(Debug, Default)]
struct Hooks {
    last_id: u32,
    all: Vec<Hook>,
}

/// One delivery to one hook, the same through all its attempts.
#[derive(Clone, Debug)]
struct Delivery {
    hook: u32,
    webhook_id: String,
    event: Event,
    body: Bytes,
}

/// The HTTP client for webhooks could not be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot make the HTTP client that sends webhooks")]
pub struct ClientError(#[source] reqwest::Error);

impl Webhooks {
    /// A sender without hooks; chances are drawn from `seed`.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(settings: Settings, seed: u64) -> Result<Self, ClientError> {
        // Already installed by the process or by another sandbox: just as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .build()
            .map_err(ClientError)?;
        Ok(Self(Arc::new(Inner {
            client,
            hooks: Mutex::default(),
            settings: watch::Sender::new(settings),
            log: Mutex::default(),
            chance: Mutex::new(StdRng::seed_from_u64(seed)),
            lanes: Semaphore::new(CONCURRENCY),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        })))
    }

    /// Sends the event to every hook that takes it; returns at once.
    pub fn publish(&self, event: Event) {
        for hook in self.hooks() {
            let ours = hook.store_hash == event.profile.hash;
            if ours && hook.is_active && hook.takes(event.scope()) {
                self.enqueue(&hook, event);
            }
        }
    }

    fn enqueue(&self, hook: &Hook, event: Event) {
        let body = Bytes::from(event.payload(&hook.scope).to_string());
        let delivery = Delivery {
            hook: hook.id,
            webhook_id: format!("msg_{}", uuid::Uuid::new_v4().simple()),
            event,
            body,
        };
        let fate = self.draw_fate();
        self.count(|counts| counts.due += 1);
        if fate.dropped {
            self.count(|counts| counts.dropped += 1);
            return;
        }
        if let Some(same_id) = fate.copy {
            let mut copy = delivery.clone();
            if !same_id {
                copy.webhook_id = format!("msg_{}", uuid::Uuid::new_v4().simple());
            }
            self.count(|counts| {
                counts.due += 1;
                counts.duplicates += 1;
            });
            self.start(copy);
        }
        self.start(delivery);
    }

    fn start(&self, delivery: Delivery) {
        let this = self.clone();
        let stop = self.0.stop.clone();
        self.0.tasks.spawn(async move {
            stop.run_until_cancelled(this.deliver(delivery)).await;
        });
    }

    async fn deliver(&self, delivery: Delivery) {
        let waits = RETRY_SECONDS.iter().map(Some).chain([None]);
        for (tried, wait) in waits.enumerate() {
            if self.attempt(&delivery, tried + 1).await {
                return;
            }
            let Some(seconds) = wait else { break };
            let scale = self.settings().retry_scale;
            tokio::time::sleep(Duration::from_secs((*seconds).into()).mul_f64(scale)).await;
        }
        self.deactivate(delivery.hook);
    }

    /// One attempt; true when there is nothing left to do.
    async fn attempt(&self, delivery: &Delivery, attempt: usize) -> bool {
        let mut settings = self.0.settings.subscribe();
        // Both only fail when the sender is gone, and then nobody cares.
        let _ = settings.wait_for(|s| !s.paused).await;
        let _lane = self.0.lanes.acquire().await;
        let Some(hook) = self.hook(delivery.hook).filter(|h| h.is_active) else {
            return true;
        };
        let sent = self.send(&hook, delivery).await;
        let done = sent.as_ref().is_ok_and(|s| s.is_success());
        let event = &delivery.event;
        self.log().note(Attempt {
            webhook_id: delivery.webhook_id.clone(),
            store: event.profile.key,
            scope: event.scope(),
            order_id: event.order_id,
            refund_id: event.refund_id(),
            attempt,
            status: sent.as_ref().ok().map(|s| s.as_u16()),
            error: sent.err().map(|e| e.to_string()),
        });
        done
    }

    async fn send(&self, hook: &Hook, delivery: &Delivery) -> reqwest::Result<reqwest::StatusCode> {
        // A retry keeps its id and gets a fresh timestamp, as Standard Webhooks says.
        let timestamp = Timestamp::now().as_second();
        let secret = delivery.event.profile.client_secret;
        let signed = sign::signature(secret, &delivery.webhook_id, timestamp, &delivery.body);
        let mut request = self
            .0
            .client
            .post(&hook.destination)
            .header("content-type", "application/json")
            .header("webhook-id", &delivery.webhook_id)
            .header("webhook-timestamp", timestamp.to_string())
            .header("webhook-signature", signed)
            .body(delivery.body.clone());
        for (name, value) in hook.headers.iter().flatten() {
            request = request.header(name, value);
        }
        Ok(request.send().await?.status())
    }

    /// The HTTP client, for requests that are not deliveries (forgeries).
    pub(super) fn client(&self) -> &reqwest::Client {
        &self.0.client
    }

    /// All hooks of all stores.
    #[must_use]
    pub fn hooks(&self) -> Vec<Hook> {
        self.all_hooks().all.clone()
    }

    /// The hook with this id.
    #[must_use]
    pub fn hook(&self, id: u32) -> Option<Hook> {
        self.all_hooks().all.iter().find(|h| h.id == id).cloned()
    }

    /// Adds a hook under a new id and returns it.
    pub fn add(&self, mut hook: Hook) -> Hook {
        let mut hooks = self.all_hooks();
        hooks.last_id += 1;
        hook.id = hooks.last_id;
        hooks.all.push(hook.clone());
        hook
    }

    /// Changes a hook; nothing when there is none.
    pub fn change(&self, id: u32, change: impl FnOnce(&mut Hook)) -> Option<Hook> {
        let mut hooks = self.all_hooks();
        let hook = hooks.all.iter_mut().find(|h| h.id == id)?;
        change(hook);
        hook.updated_at = Timestamp::now().as_second();
        Some(hook.clone())
    }

    /// Removes a hook.
    pub fn remove(&self, id: u32) -> Option<Hook> {
        let mut hooks = self.all_hooks();
        let place = hooks.all.iter().position(|h| h.id == id)?;
        Some(hooks.all.remove(place))
    }

    fn deactivate(&self, id: u32) {
        if self.change(id, |hook| hook.is_active = false).is_some() {
            self.count(|counts| counts.deactivated += 1);
        }
    }

    /// The settings now.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.0.settings.borrow().clone()
    }

    /// Changes the settings; waiting deliveries go on when unpaused.
    pub fn set(&self, change: &SettingsChange) {
        self.0
            .settings
            .send_modify(|settings| settings.apply(change));
    }

    /// Back to sending everything once, at the retry scale in force.
    pub fn reset(&self) {
        let retry_scale = self.settings().retry_scale;
        self.0.settings.send_replace(Settings {
            retry_scale,
            ..Settings::default()
        });
    }

    /// Totals so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.log().counts
    }

    /// The latest attempts, oldest first.
    #[must_use]
    pub fn attempts(&self) -> Vec<Attempt> {
        self.log().latest()
    }

    /// Deliveries still under way, those waiting for a retry included.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.0.tasks.len()
    }

    /// Gives up whatever is under way.
    pub async fn stop(&self) {
        self.0.stop.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    fn draw_fate(&self) -> Fate {
        let mut drop_next = false;
        self.0.settings.send_if_modified(|s| {
            drop_next = s.drop_next > 0;
            s.drop_next = s.drop_next.saturating_sub(1);
            // Nobody waits for this countdown.
            false
        });
        let settings = self.settings();
        let mut chance = lock(&self.0.chance);
        let dropped = drop_next || chance.random_bool(settings.drop_rate);
        let copied = chance.random_bool(settings.duplicate_rate);
        let same_id = chance.random_bool(0.5);
        Fate {
            dropped,
            copy: copied.then_some(same_id),
        }
    }

    fn count(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.log().counts);
    }

    fn all_hooks(&self) -> MutexGuard<'_, Hooks> {
        lock(&self.0.hooks)
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        lock(&self.0.log)
    }
}

struct Fate {
    dropped: bool,
    /// A second copy, and whether it carries the same `webhook-id`.
    copy: Option<bool>,
}

/// The data behind these locks is whole at every moment, so a panic elsewhere
/// does not spoil it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
