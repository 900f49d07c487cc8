//! Managing hooks: each API account sees its own.

use std::collections::BTreeMap;

use axum::body::Bytes;
use jiff::Timestamp;
use serde::Deserialize;

use super::{Id, Shopfront};
use crate::bigcommerce::answer::{Answer, Api, Refusal, v3_one, v3_page};
use crate::bigcommerce::query::Query;
use crate::webhooks::Hook;

/// Most hooks for one store, client and scope.
const MOST_PER_SCOPE: usize = 10;

/// Fields that can be written.
#[derive(Debug, Deserialize)]
struct HookRequest {
    scope: Option<String>,
    destination: Option<String>,
    is_active: Option<bool>,
    headers: Option<BTreeMap<String, String>>,
}

/// `GET /v3/hooks`.
pub(super) async fn list(shop: Shopfront, query: Query) -> Answer {
    let page = query.page(Api::V3)?;
    let active: Option<bool> = query.number(Api::V3, "is_active")?;
    let mut hooks = own(&shop);
    hooks.retain(|hook| {
        active.is_none_or(|a| hook.is_active == a)
            && query.get("scope").is_none_or(|s| hook.scope == s)
            && query
                .get("destination")
                .is_none_or(|d| hook.destination == d)
    });
    Ok(v3_page(hooks, page))
}

/// `GET /v3/hooks/{id}`.
pub(super) async fn one(shop: Shopfront, Id(id): Id) -> Answer {
    Ok(v3_one(find(&shop, id)?))
}

/// `POST /v3/hooks`.
pub(super) async fn create(shop: Shopfront, body: Bytes) -> Answer {
    let request = read(&body)?;
    let scope = request
        .scope
        .ok_or_else(|| Refusal::field(Api::V3, "scope"))?;
    let destination = request
        .destination
        .ok_or_else(|| Refusal::field(Api::V3, "destination"))?;
    check_scope(&scope)?;
    check_destination(&destination)?;
    check_unique(&shop, None, &scope, &destination)?;
    let profile = &shop.desk().profile;
    let now = Timestamp::now().as_second();
    Ok(v3_one(shop.world.webhooks.add(Hook {
        id: 0,
        client_id: profile.client_id.to_owned(),
        store_hash: profile.hash.to_owned(),
        scope,
        destination,
        headers: request.headers,
        is_active: request.is_active.unwrap_or(true),
        created_at: now,
        updated_at: now,
    })))
}

/// `PUT /v3/hooks/{id}`: at least one field.
pub(super) async fn change(shop: Shopfront, Id(id): Id, body: Bytes) -> Answer {
    let before = find(&shop, id)?;
    let request = read(&body)?;
    let HookRequest {
        scope,
        destination,
        is_active,
        headers,
    } = request;
    if scope.is_none() && destination.is_none() && is_active.is_none() && headers.is_none() {
        return Err(Refusal::new(
            Api::V3,
            422,
            "At least one field is required.",
        ));
    }
    let scope = scope.unwrap_or(before.scope);
    let destination = destination.unwrap_or(before.destination);
    check_scope(&scope)?;
    check_destination(&destination)?;
    check_unique(&shop, Some(id), &scope, &destination)?;
    let changed = shop.world.webhooks.change(id, |hook| {
        hook.scope = scope;
        hook.destination = destination;
        hook.is_active = is_active.unwrap_or(hook.is_active);
        if headers.is_some() {
            hook.headers = headers;
        }
    });
    Ok(v3_one(changed.ok_or_else(|| Refusal::not_found(Api::V3))?))
}

/// `DELETE /v3/hooks/{id}`: answers the deleted hook.
pub(super) async fn remove(shop: Shopfront, Id(id): Id) -> Answer {
    find(&shop, id)?;
    let removed = shop.world.webhooks.remove(id);
    Ok(v3_one(removed.ok_or_else(|| Refusal::not_found(Api::V3))?))
}

fn own(shop: &Shopfront) -> Vec<Hook> {
    let profile = &shop.desk().profile;
    let mut hooks = shop.world.webhooks.hooks();
    hooks.retain(|h| h.store_hash == profile.hash && h.client_id == profile.client_id);
    hooks
}

fn find(shop: &Shopfront, id: u32) -> Result<Hook, Refusal> {
    let hook = own(shop).into_iter().find(|h| h.id == id);
    hook.ok_or_else(|| Refusal::not_found(Api::V3))
}

fn read(body: &[u8]) -> Result<HookRequest, Refusal> {
    serde_json::from_slice(body)
        .map_err(|e| Refusal::new(Api::V3, 400, format!("The body is not a hook: {e}")))
}

fn check_scope(scope: &str) -> Result<(), Refusal> {
    let known = [
        "order",
        "channel",
        "product",
        "sku",
        "category",
        "customer",
        "shipment",
        "cart",
        "hook",
        "information",
        "inventory",
        "priceList",
    ];
    let area = scope
        .strip_prefix("store/")
        .and_then(|rest| rest.split('/').next());
    if area.is_some_and(|area| known.contains(&area)) && scope.split('/').count() >= 3 {
        Ok(())
    } else {
        Err(Refusal::field(Api::V3, "scope"))
    }
}

/// Documented: https on port 443 only. A sandbox has no certificate, so plain
/// http is let through to this machine and nowhere else.
fn check_destination(destination: &str) -> Result<(), Refusal> {
    let refused = || Refusal::field(Api::V3, "destination");
    let url = reqwest::Url::parse(destination).map_err(|_| refused())?;
    let loopback = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    match url.scheme() {
        "https" if url.port().is_none() => Ok(()),
        "http" if loopback => Ok(()),
        _ => Err(refused()),
    }
}

fn check_unique(
    shop: &Shopfront,
    except: Option<u32>,
    scope: &str,
    destination: &str,
) -> Result<(), Refusal> {
    let mut same_scope = own(shop);
    same_scope.retain(|h| h.scope == scope && Some(h.id) != except);
    if same_scope.iter().any(|h| h.destination == destination) {
        let message = "There is a hook of this scope and destination already.";
        return Err(Refusal::new(Api::V3, 422, message));
    }
    if same_scope.len() >= MOST_PER_SCOPE {
        let message = format!("There may be at most {MOST_PER_SCOPE} hooks of one scope.");
        return Err(Refusal::new(Api::V3, 422, message));
    }
    Ok(())
}
