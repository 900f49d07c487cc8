//! The admin path: what tests use to set up the pod and to see all of it. None
//! of it exists on a real pod, and none of it needs a token.
//!
//! | Under `/admin/fusion/` | |
//! |---|---|
//! | `POST faults` | one [`Fault`] or a list, added to those that are on; `GET` lists, `DELETE` clears |
//! | `POST periods` | `{"ledger": name or id, "period": "Nov-26", "status": "O"}`; every ledger if none is named |
//! | `POST accounts` | `{"action": "disable", "combination": ".."}`, see [`AccountChange`] |
//! | `POST names` | `{"list": "sources", "name": "Counterfoil", "exists": false}`, see [`setup::NameChange`] |
//! | `POST rates` | `{"from": "EUR", "day": "2026-11-05", "stored": false}` |
//! | `POST access` | `{"ledger": name or id, "privilege": "R"}`: what its data access set may do |
//! | `POST autopost` | `{"mode": "off"}`, `"immediately"` or `{"every_ms": 500}` |
//! | `POST approval` | `{"required": true}` |
//! | `POST settings` | see [`SettingsChange`] |
//! | `POST post` | `{"batch_prefix": ".."}`: posts now, as an approver would |
//! | `POST reset` | a fresh pod |
//! | `GET ledger` | every batch, journal and line; `?batch_prefix=..&lines=false` |
//! | `GET interface` | rows waiting or stuck, by group |
//! | `GET calls` | calls by operation |
//! | `GET credentials` | every token given out and every assertion that came in |

mod ledger;
mod setup;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::error::{Answer, Refusal};
use crate::fusion::config::{AutoPost, JournalNames, SignIn, Unbalanced};
use crate::fusion::faults::{Fault, Operation};
use crate::fusion::pod::Pod;
use crate::fusion::world::calendar::PeriodStatus;
use crate::fusion::world::chart::{Chart, SegmentValue};

/// The admin routes.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route(
            "/admin/fusion/faults",
            post(add_faults).get(list_faults).delete(clear_faults),
        )
        .route("/admin/fusion/periods", post(set_period))
        .route("/admin/fusion/accounts", post(set_account))
        .route("/admin/fusion/names", post(setup::set_name))
        .route("/admin/fusion/rates", post(setup::set_rate))
        .route("/admin/fusion/access", post(setup::set_access))
        .route("/admin/fusion/autopost", post(set_autopost))
        .route("/admin/fusion/approval", post(set_approval))
        .route("/admin/fusion/settings", post(set_settings))
        .route("/admin/fusion/post", post(post_batch))
        .route("/admin/fusion/ledger", get(ledger::ledger))
        .route("/admin/fusion/interface", get(ledger::interface))
        .route("/admin/fusion/calls", get(calls))
        .route("/admin/fusion/credentials", get(credentials))
        .route("/admin/fusion/reset", post(reset))
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<Value>),
    One(Value),
}

/// One fault or a list; added to those that are on.
async fn add_faults(State(app): State<Arc<App>>, Json(body): Json<OneOrMany>) -> Answer {
    let bodies = match body {
        OneOrMany::Many(faults) => faults,
        OneOrMany::One(fault) => vec![fault],
    };
    let faults = bodies
        .into_iter()
        .map(|body| {
            let fault: Fault = serde_json::from_value(body)
                .map_err(|problem| Refusal::bad(format!("not a fault: {problem}")))?;
            fault.check().map_err(Refusal::bad)?;
            Ok(fault)
        })
        .collect::<Result<Vec<Fault>, Refusal>>()?;
    let mut pod = app.pod();
    for fault in faults {
        pod.faults.add(fault);
    }
    Ok(Json(pod.faults.active()).into_response())
}

async fn list_faults(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!(app.pod().faults.active()))
}

async fn clear_faults(State(app): State<Arc<App>>) -> StatusCode {
    app.pod().faults.clear();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeriodChange {
    /// Name or identifier; every ledger if absent.
    ledger: Option<String>,
    period: String,
    status: PeriodStatus,
}

async fn set_period(State(app): State<Arc<App>>, Json(change): Json<PeriodChange>) -> Answer {
    let mut pod = app.pod();
    let world = &mut pod.world;
    let index = world
        .calendar
        .index_of(&change.period)
        .ok_or_else(|| Refusal::missing(format!("the calendar has no period {}", change.period)))?;
    let chosen = match &change.ledger {
        None => None,
        Some(name) => {
            let ledger = world.ledger_named(name);
            Some(
                ledger
                    .ok_or_else(|| Refusal::missing(format!("no ledger {name}")))?
                    .id,
            )
        }
    };
    for ledger in &mut world.ledgers {
        if chosen.is_none_or(|id| id == ledger.id) {
            ledger.statuses[index] = change.status;
        }
    }
    let now = pod.now();
    pod.plan_autopost(now);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A change to the chart of accounts.
#[derive(Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
enum AccountChange {
    /// Enables a combination or a segment value.
    Enable(Target),
    /// Disables a combination (EF03) or a segment value (EF04).
    Disable(Target),
    /// Adds a segment value.
    Add { segment: String, value: String },
    /// Forbids detail posting to a combination (EF02).
    ForbidPosting { combination: String },
    /// Starts a combination on a day (EF01 before it).
    Start { combination: String, date: Date },
    /// Ends a combination after a day (EF01).
    End { combination: String, date: Date },
    /// Takes a combination away, as if it had never been used.
    Remove { combination: String },
    /// Adds cost centers and every combination with them: 180 for each.
    Grow { cost_centers: u32 },
    /// Whether valid combinations that do not exist are created on import.
    DynamicInsertion { allowed: bool },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Target {
    Combination { combination: String },
    Value { segment: String, value: String },
}

async fn set_account(State(app): State<Arc<App>>, Json(change): Json<AccountChange>) -> Answer {
    let chart = &mut app.pod().world.chart;
    match change {
        AccountChange::Enable(target) => set_enabled(chart, target, true)?,
        AccountChange::Disable(target) => set_enabled(chart, target, false)?,
        AccountChange::Add { segment, value } => {
            let description = value.clone();
            let fresh = SegmentValue {
                description,
                enabled: true,
            };
            chart.values[segment_index(&segment)?].insert(value, fresh);
        }
        AccountChange::ForbidPosting { combination } => {
            chart.ensure(&combination).detail_posting = false;
        }
        AccountChange::Start { combination, date } => {
            chart.ensure(&combination).starts = Some(date);
        }
        AccountChange::End { combination, date } => chart.ensure(&combination).ends = Some(date),
        AccountChange::Remove { combination } => {
            chart.combinations.remove(&combination);
        }
        AccountChange::Grow { cost_centers } => chart.grow(cost_centers),
        AccountChange::DynamicInsertion { allowed } => chart.dynamic_insertion = allowed,
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn set_enabled(chart: &mut Chart, target: Target, enabled: bool) -> Result<(), Refusal> {
    match target {
        Target::Combination { combination } => chart.ensure(&combination).enabled = enabled,
        Target::Value { segment, value } => {
            let values = &mut chart.values[segment_index(&segment)?];
            let known = values.get_mut(&value);
            let missing = || Refusal::missing(format!("{segment} has no value {value}"));
            known.ok_or_else(missing)?.enabled = enabled;
        }
    }
    Ok(())
}

fn segment_index(name: &str) -> Result<usize, Refusal> {
    Chart::segment(name).ok_or_else(|| Refusal::missing(format!("the chart has no segment {name}")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AutoPostChange {
    mode: AutoPost,
}

async fn set_autopost(
    State(app): State<Arc<App>>,
    Json(change): Json<AutoPostChange>,
) -> StatusCode {
    let mut pod = app.pod();
    pod.config.autopost = change.mode;
    let now = pod.now();
    pod.plan_autopost(now);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApprovalChange {
    required: bool,
}

async fn set_approval(
    State(app): State<Arc<App>>,
    Json(change): Json<ApprovalChange>,
) -> StatusCode {
    let mut pod = app.pod();
    pod.config.approval_required = change.required;
    let now = pod.now();
    pod.plan_autopost(now);
    StatusCode::NO_CONTENT
}

/// Settings that can change while the pod runs; absent ones stay.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsChange {
    job_ms: Option<u64>,
    read_back_lag_ms: Option<u64>,
    token_seconds: Option<u64>,
    unbalanced: Option<Unbalanced>,
    journal_names: Option<JournalNames>,
    fusion_user: Option<bool>,
    sign_in: Option<SignIn>,
}

async fn set_settings(
    State(app): State<Arc<App>>,
    Json(change): Json<SettingsChange>,
) -> StatusCode {
    let Pod { config, jobs, .. } = &mut *app.pod();
    if let Some(ms) = change.job_ms {
        config.job_duration = Duration::from_millis(ms);
        jobs.set_duration(config.job_duration);
    }
    if let Some(ms) = change.read_back_lag_ms {
        config.read_back_lag = Duration::from_millis(ms);
    }
    if let Some(seconds) = change.token_seconds {
        config.token_lifetime = Duration::from_secs(seconds);
    }
    config.fusion_user = change.fusion_user.unwrap_or(config.fusion_user);
    config.sign_in = change.sign_in.unwrap_or(config.sign_in);
    config.unbalanced = change.unbalanced.unwrap_or(config.unbalanced);
    config.journal_names = change.journal_names.unwrap_or(config.journal_names);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PostOrder {
    /// Start of the names of the batches to post; all unposted ones if empty.
    #[serde(default)]
    batch_prefix: String,
}

/// Posts batches as a person would, approval or not.
async fn post_batch(State(app): State<Arc<App>>, Json(order): Json<PostOrder>) -> Json<Value> {
    let mut pod = app.pod();
    let now = pod.now();
    let unposted = pod
        .gl
        .with_prefix(&order.batch_prefix)
        .filter(|batch| batch.posted.is_none());
    let ids: Vec<u64> = unposted.map(|batch| batch.id).collect();
    let Pod { gl, world, .. } = &mut *pod;
    let mut posted = Vec::new();
    let mut left = BTreeMap::new();
    for id in ids {
        match gl.post(id, world, now) {
            Ok(()) => posted.push(id),
            Err(problem) => {
                left.insert(id, problem);
            }
        }
    }
    Json(json!({ "posted": posted, "left": left }))
}

async fn calls(State(app): State<Arc<App>>) -> Json<Value> {
    let pod = app.pod();
    let total: u64 = pod.calls.values().sum();
    let operations: &BTreeMap<Operation, u64> = &pod.calls;
    Json(json!({ "total": total, "operations": operations, "throttled": pod.throttled }))
}

/// What went back and forth to sign in: for tests that look for it elsewhere.
async fn credentials(State(app): State<Arc<App>>) -> Json<Value> {
    let pod = app.pod();
    Json(json!({ "tokens": pod.tokens.given(), "assertions": pod.assertions_seen }))
}

/// A fresh pod with the present settings.
async fn reset(State(app): State<Arc<App>>) -> StatusCode {
    let mut pod = app.pod();
    *pod = Pod::new(pod.config.clone());
    StatusCode::NO_CONTENT
}
