//! What an administrator of the pod sets up: names, rates, access.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use jiff::civil::Date;
use serde::Deserialize;

use super::super::App;
use super::super::error::{Answer, Refusal};

/// A list of names.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum List {
    Sources,
    Categories,
    ConversionTypes,
    Currencies,
}

/// A name that appears on a list, or goes from it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NameChange {
    list: List,
    name: String,
    exists: bool,
}

/// `POST /admin/fusion/names`.
pub(super) async fn set_name(
    State(app): State<Arc<App>>,
    Json(change): Json<NameChange>,
) -> StatusCode {
    let names = &mut app.pod().world.names;
    let list = match change.list {
        List::Sources => &mut names.sources,
        List::Categories => &mut names.categories,
        List::ConversionTypes => &mut names.conversion_types,
        List::Currencies => &mut names.currencies,
    };
    if change.exists {
        list.insert(change.name);
    } else {
        list.remove(&change.name);
    }
    StatusCode::NO_CONTENT
}

/// The rates from a currency on a day.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RateChange {
    from: String,
    day: Date,
    stored: bool,
}

/// `POST /admin/fusion/rates`.
pub(super) async fn set_rate(
    State(app): State<Arc<App>>,
    Json(change): Json<RateChange>,
) -> StatusCode {
    let rates = &mut app.pod().world.rates;
    rates.set(&change.from, change.day, change.stored);
    StatusCode::NO_CONTENT
}

/// What the data access set of a ledger may do with it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccessChange {
    ledger: String,
    privilege: Privilege,
}

#[derive(Deserialize)]
enum Privilege {
    /// The whole ledger.
    F,
    /// Read and write.
    B,
    /// Read only.
    R,
}

/// `POST /admin/fusion/access`.
pub(super) async fn set_access(
    State(app): State<Arc<App>>,
    Json(change): Json<AccessChange>,
) -> Answer {
    let world = &mut app.pod().world;
    let found = world
        .ledgers
        .iter_mut()
        .find(|ledger| ledger.name == change.ledger || ledger.id.to_string() == change.ledger);
    let missing = || Refusal::missing(format!("no ledger {}", change.ledger));
    found.ok_or_else(missing)?.access = match change.privilege {
        Privilege::F => "F",
        Privilege::B => "B",
        Privilege::R => "R",
    };
    Ok(StatusCode::NO_CONTENT.into_response())
}
