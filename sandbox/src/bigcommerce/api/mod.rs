//! The documented paths.

mod catalogue;
mod customers;
mod hooks;
mod order_list;
mod orders;
mod refunds;
mod settings;

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use serde::Deserialize;

use super::answer::{Answer, Api, Refusal};
use super::guard;
use super::world::{Desk, World};

/// All store paths, guarded.
pub fn router(world: &Arc<World>) -> Router<Arc<World>> {
    let paths = Router::new()
        .route("/v2/store", get(settings::store))
        .route("/v2/time", get(settings::time))
        .route("/v2/currencies", get(settings::currencies))
        .route("/v2/order_statuses", get(settings::statuses))
        .route("/v2/orders", get(order_list::list))
        .route("/v2/orders/count", get(order_list::count))
        .route("/v2/orders/{id}", get(orders::one))
        .route("/v2/orders/{id}/products", get(orders::products))
        .route("/v2/orders/{id}/taxes", get(orders::taxes))
        .route("/v2/orders/{id}/coupons", get(orders::coupons))
        .route(
            "/v2/orders/{id}/shipping_addresses",
            get(orders::shipping_addresses),
        )
        .route("/v2/orders/{id}/consignments", get(orders::consignments))
        .route("/v3/orders/{id}/transactions", get(orders::transactions))
        .route("/v3/orders/payment_actions/refunds", get(refunds::all))
        .route("/v3/orders/payment_actions/refunds/{id}", get(refunds::one))
        .route(
            "/v3/orders/{id}/payment_actions/refunds",
            get(refunds::of_order),
        )
        .route("/v3/catalog/products", get(catalogue::products))
        .route("/v3/catalog/trees", get(catalogue::trees))
        .route("/v3/catalog/trees/categories", get(catalogue::categories))
        .route("/v3/catalog/brands", get(catalogue::brands))
        .route("/v3/customers", get(customers::list))
        .route("/v3/channels", get(settings::channels))
        .route("/v3/tax/settings", get(settings::tax))
        .route("/v3/hooks", get(hooks::list).post(hooks::create))
        .route(
            "/v3/hooks/{id}",
            get(hooks::one).put(hooks::change).delete(hooks::remove),
        )
        .route("/v2/{*rest}", axum::routing::any(unknown_v2))
        .route("/v3/{*rest}", axum::routing::any(unknown_v3));
    Router::new()
        .nest("/stores/{hash}", paths)
        .layer(from_fn_with_state(world.clone(), guard::pass))
}

async fn unknown_v2() -> Answer {
    Err(Refusal::not_found(Api::V2))
}

async fn unknown_v3() -> Answer {
    Err(Refusal::not_found(Api::V3))
}

/// The store of the request, which the guard has let in.
pub(super) struct Shopfront {
    world: Arc<World>,
    hash: String,
}

#[derive(Deserialize)]
struct Hash {
    hash: String,
}

impl FromRequestParts<Arc<World>> for Shopfront {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, world: &Arc<World>) -> Result<Self, Refusal> {
        let path = Path::<Hash>::from_request_parts(parts, world).await;
        let Path(Hash { hash }) = path.map_err(|_| Refusal::not_found(Api::V3))?;
        world
            .by_hash(&hash)
            .ok_or_else(|| Refusal::not_found(Api::V3))?;
        let world = world.clone();
        Ok(Self { world, hash })
    }
}

impl Shopfront {
    /// The store.
    fn desk(&self) -> &Desk {
        let desk = self.world.by_hash(&self.hash);
        desk.expect("looked up when the request came in; stores are never removed")
    }
}

/// The `{id}` of a path. Anything but a number is no resource.
pub(super) struct Id(u32);

#[derive(Deserialize)]
struct RawId {
    id: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let api = if parts.uri.path().contains("/v2/") {
            Api::V2
        } else {
            Api::V3
        };
        let path = Path::<RawId>::from_request_parts(parts, state).await;
        let id = path.ok().and_then(|Path(RawId { id })| id.parse().ok());
        id.map(Self).ok_or_else(|| Refusal::not_found(api))
    }
}
