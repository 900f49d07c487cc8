//! The admin path: make things happen, switch faults, read what went on.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer;
use super::faults::Faults;
use super::quota::Limit;
use super::world::{Load, World, WorldError};
use crate::generator::Wishes;
use crate::store::order::{Malformation, PaymentMethod};
use crate::store::refunding::RefundKind;
use crate::store::status;
use crate::webhooks::{Forgery, SettingsChange, forgery};

/// All admin paths.
pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/admin/stores/{key}/orders", post(create))
        .route("/admin/stores/{key}/refunds", post(refund))
        .route("/admin/stores/{key}/advance", post(advance))
        .route("/admin/stores/{key}/malform", post(malform))
        .route("/admin/stores/{key}/truth", get(truth))
        .route("/admin/stores/{key}/orders/{id}/edit", post(edit))
        .route("/admin/stores/{key}/orders/{id}/cancel", post(cancel))
        .route("/admin/stores/{key}/orders/{id}/status", post(set_status))
        .route(
            "/admin/webhooks",
            get(deliveries).post(set_webhooks).delete(reset_webhooks),
        )
        .route(
            "/admin/bigcommerce/faults",
            get(faults).post(set_faults).delete(reset_faults),
        )
        .route("/admin/bigcommerce/quota", post(set_quota))
        .route("/admin/bigcommerce/calls", get(calls).delete(forget_calls))
        .route("/admin/bigcommerce/requests", get(requests))
        .route("/admin/bigcommerce/violations", get(violations))
}

type Shared = State<Arc<World>>;
type Reply = Result<Response, Problem>;

/// Why an admin request is refused.
#[derive(Debug)]
struct Problem(StatusCode, String);

impl Problem {
    fn bad(message: impl ToString) -> Self {
        Self(StatusCode::BAD_REQUEST, message.to_string())
    }
}

impl From<WorldError> for Problem {
    fn from(error: WorldError) -> Self {
        let status = match error {
            WorldError::NoStore(_) => StatusCode::NOT_FOUND,
            WorldError::Shop(_) => StatusCode::CONFLICT,
        };
        let cause = std::error::Error::source(&error).map(|c| format!(": {c}"));
        Self(status, format!("{error}{}", cause.unwrap_or_default()))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = answer::json(&json!({"error": self.1}));
        *response.status_mut() = self.0;
        response
    }
}

fn ok(body: impl Serialize) -> Reply {
    Ok(answer::json(&body))
}

/// Reads a body; an empty one counts as `{}`.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|e| Problem::bad(format!("the body does not fit: {e}")))
}

/// What goes with the wishes in a request for orders.
#[derive(Deserialize)]
struct Creation {
    #[serde(default = "one")]
    count: u32,
    seed: Option<u64>,
    rate: Option<f64>,
    #[serde(default)]
    quiet: bool,
    #[serde(default)]
    background: bool,
}

const fn one() -> u32 {
    1
}

async fn create(State(world): Shared, Path(key): Path<String>, body: Bytes) -> Reply {
    let (creation, wishes) = read_creation(&body)?;
    world.store(&key)?;
    let load = Load {
        count: creation.count,
        seed: creation.seed,
        per_second: creation.rate,
        quiet: creation.quiet,
        wishes,
    };
    if creation.background {
        // Runs to its end by itself; the store was looked up above.
        tokio::spawn(async move { world.create_orders(&key, &load).await.map(|ids| ids.len()) });
        return Ok((
            StatusCode::ACCEPTED,
            answer::json(&json!({"started": creation.count})),
        )
            .into_response());
    }
    ok(json!({"ids": world.create_orders(&key, &load).await?}))
}

fn read_creation(body: &[u8]) -> Result<(Creation, Wishes), Problem> {
    let mut value: Value = read(body)?;
    let creation = serde_json::from_value(value.clone()).map_err(Problem::bad)?;
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|name, _| {
            !["count", "seed", "rate", "quiet", "background"].contains(&name.as_str())
        });
    }
    let wishes: Wishes = serde_json::from_value(value).map_err(Problem::bad)?;
    if wishes
        .status_id
        .is_some_and(|id| usize::from(id) >= status::ALL.len())
    {
        return Err(Problem::bad("status_id goes from 0 to 14"));
    }
    if let Some(name) = wishes.payment_method.as_deref()
        && PaymentMethod::from_name(name).is_none()
    {
        return Err(Problem::bad(format!("there is no payment method {name}")));
    }
    Ok((creation, wishes))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RefundRequest {
    #[serde(default = "one")]
    count: u32,
    order_id: Option<u32>,
    kind: Option<RefundKind>,
}

async fn refund(State(world): Shared, Path(key): Path<String>, body: Bytes) -> Reply {
    let request: RefundRequest = read(&body)?;
    let mut made = Vec::new();
    for _ in 0..request.count {
        let id = world.refund(&key, request.order_id, request.kind)?;
        if let Some(refund) = world.store(&key)?.read().refunds().get(&id) {
            made.push(json!({"id": id, "order_id": refund.order_id, "total_amount": refund.total.plain()}));
        }
    }
    ok(json!({"refunds": made}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    #[serde(default = "one")]
    count: u32,
}

async fn advance(State(world): Shared, Path(key): Path<String>, body: Bytes) -> Reply {
    let Advance { count } = read(&body)?;
    ok(json!({"ids": world.advance(&key, count as usize)?}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MalformRequest {
    order_id: Option<u32>,
    kind: Option<Malformation>,
    #[serde(default)]
    heal: bool,
}

/// Malforms an order, a fresh one unless named; or heals it.
async fn malform(State(world): Shared, Path(key): Path<String>, body: Bytes) -> Reply {
    let request: MalformRequest = read(&body)?;
    let order = match request.order_id {
        Some(id) => id,
        None => {
            let wishes = Wishes {
                status_id: Some(status::AWAITING_FULFILLMENT),
                ..Wishes::default()
            };
            // Quiet: the webhook that matters is the one for the malformed order.
            let load = Load {
                count: 1,
                quiet: true,
                wishes,
                ..Load::default()
            };
            *world
                .create_orders(&key, &load)
                .await?
                .first()
                .ok_or_else(|| Problem::bad("no order was made"))?
        }
    };
    let how = request.kind.unwrap_or(Malformation::TotalNotANumber);
    world.malform(&key, order, (!request.heal).then_some(how))?;
    ok(json!({"order_id": order, "malformed": !request.heal, "kind": how}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    quantity: Option<u32>,
}

async fn edit(State(world): Shared, Path((key, id)): Path<(String, u32)>, body: Bytes) -> Reply {
    let Edit { quantity } = read(&body)?;
    world.edit(&key, id, quantity)?;
    ok(json!({"order_id": id}))
}

async fn cancel(State(world): Shared, Path((key, id)): Path<(String, u32)>) -> Reply {
    world.cancel(&key, id)?;
    ok(json!({"order_id": id}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetStatus {
    status_id: u8,
}

async fn set_status(
    State(world): Shared,
    Path((key, id)): Path<(String, u32)>,
    body: Bytes,
) -> Reply {
    let SetStatus { status_id } = read(&body)?;
    world.set_status(&key, id, status_id)?;
    ok(json!({"order_id": id, "status_id": status_id}))
}

/// Every order and refund, for test oracles.
async fn truth(State(world): Shared, Path(key): Path<String>) -> Reply {
    let shop = world.store(&key)?.read();
    let orders: Vec<_> = shop
        .orders()
        .values()
        .map(|o| {
            json!({
                "id": o.id,
                "status_id": o.status,
                "payment_status": o.payment_status,
                "payment_method": o.payment.name(),
                "currency": o.currency,
                "total_inc_tax": o.total.inc.plain(),
                "total_tax": o.total.tax.plain(),
                "store_credit_amount": o.store_credit.plain(),
                "gift_certificate_amount": o.gift_certificate.plain(),
                "lines": o.lines.len(),
                "product_ids": o.lines.iter().map(|l| l.product_id).collect::<Vec<_>>(),
                "date_created": o.created.to_string(),
                "date_modified": o.modified.to_string(),
                "malformed": o.malformed,
            })
        })
        .collect();
    let refunds: Vec<_> = shop
        .refunds()
        .values()
        .map(|r| {
            json!({
                "id": r.id,
                "order_id": r.order_id,
                "total_amount": r.total.plain(),
                "total_tax": r.tax.plain(),
                "item_types": r.items.iter().map(|i| i.kind.name()).collect::<Vec<_>>(),
                "created": r.created.to_string(),
            })
        })
        .collect();
    ok(
        json!({"store": key, "currency": shop.profile().currency, "orders": orders, "refunds": refunds}),
    )
}

async fn deliveries(State(world): Shared) -> Reply {
    ok(json!({
        "settings": world.webhooks.settings(),
        "counts": world.webhooks.counts(),
        "pending": world.webhooks.pending(),
        "hooks": world.webhooks.hooks(),
        "attempts": world.webhooks.attempts(),
    }))
}

/// Changes how webhooks are sent, or sends a forged one: `{"forge": true}` or
/// `{"forge": "stale", "store": "eu"}`.
async fn set_webhooks(State(world): Shared, body: Bytes) -> Reply {
    let mut value: Value = read(&body)?;
    let fields = value
        .as_object_mut()
        .ok_or_else(|| Problem::bad("the body must be an object"))?;
    let forge = fields.remove("forge");
    let store = fields.remove("store");
    let change: SettingsChange = serde_json::from_value(value).map_err(Problem::bad)?;
    world.webhooks.set(&change);
    let forged = match forge {
        None | Some(Value::Bool(false)) => None,
        Some(kind) => Some(forge_one(&world, kind, store).await?),
    };
    ok(json!({"settings": world.webhooks.settings(), "forged": forged}))
}

async fn forge_one(world: &World, kind: Value, store: Option<Value>) -> Result<Value, Problem> {
    let kind = match kind {
        Value::Bool(_) => Forgery::Stranger,
        named => serde_json::from_value(named).map_err(Problem::bad)?,
    };
    let key = store.as_ref().and_then(Value::as_str).unwrap_or("us");
    let profile = world.store(key)?.profile;
    let hooks = world.webhooks.hooks();
    let hook = hooks.iter().find(|h| h.store_hash == profile.hash);
    let hook = hook.ok_or_else(|| Problem::bad(format!("store {key} has no hook to forge for")))?;
    match forgery::send(&world.webhooks, &profile, &hook.destination, kind).await {
        Ok(status) => Ok(json!({"kind": kind, "status": status})),
        Err(error) => Ok(json!({"kind": kind, "error": error.to_string()})),
    }
}

async fn reset_webhooks(State(world): Shared) -> Reply {
    world.webhooks.reset();
    ok(json!({"settings": world.webhooks.settings()}))
}

async fn faults(State(world): Shared) -> Reply {
    let faults = world.faults().clone();
    ok(faults)
}

/// Replaces the faults: what is left out is off.
async fn set_faults(State(world): Shared, body: Bytes) -> Reply {
    let wanted: Faults = read(&body)?;
    *world.faults() = wanted.clone();
    ok(wanted)
}

async fn reset_faults(State(world): Shared) -> Reply {
    *world.faults() = Faults::default();
    ok(Faults::default())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewQuota {
    requests: u32,
    window_ms: u64,
}

async fn set_quota(State(world): Shared, body: Bytes) -> Reply {
    let NewQuota {
        requests,
        window_ms,
    } = read(&body)?;
    let limit = Limit {
        requests,
        window: Duration::from_millis(window_ms),
    };
    for desk in world.stores() {
        desk.quota().set(limit);
    }
    ok(json!({"requests": requests, "window_ms": window_ms}))
}

async fn calls(State(world): Shared) -> Reply {
    let calls = world.traffic().calls();
    ok(calls)
}

async fn forget_calls(State(world): Shared) -> Reply {
    world.traffic().clear();
    ok(json!({}))
}

async fn requests(State(world): Shared) -> Reply {
    let requests = world.traffic().requests();
    ok(requests)
}

async fn violations(State(world): Shared) -> Reply {
    let violations = world.traffic().violations();
    ok(violations)
}
