//! What a store says about itself.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Shopfront;
use crate::bigcommerce::answer::{Answer, Api, json, v2_list, v3_one, v3_page};
use crate::bigcommerce::query::Query;
use crate::store::{Profile, status};

/// `GET /v2/store`.
pub(super) async fn store(shop: Shopfront) -> Answer {
    let p = &shop.desk().profile;
    let mut body = identity(p);
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), conventions(p)) {
        body.extend(more);
    }
    Ok(json(&body))
}

fn identity(p: &Profile) -> Value {
    json!({
        "id": p.hash,
        "account_uuid": uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, p.hash.as_bytes()),
        "domain": format!("{}.sandbox.example", p.key),
        "secure_url": format!("https://{}.sandbox.example", p.key),
        "control_panel_base_url": format!("https://store-{}.mybigcommerce.com", p.hash),
        "status": "live",
        "name": p.name,
        "first_name": "Sandy",
        "last_name": "Box",
        "address": "1 Market Square",
        "country": p.country.1,
        "country_code": p.country.0,
        "infrastructure_region": "us-central1",
        "phone": "",
        "admin_email": "admin@sandbox.example",
        "order_email": "orders@sandbox.example",
        "favicon_url": "",
        "plan_name": "Pro",
        "plan_level": "Pro",
        "plan_is_trial": false,
        "industry": "Retail",
        "logo": [],
        "store_id": p.store_id,
        "default_channel_id": 1,
        "default_site_id": 1000,
        "active_comparison_modules": [],
        "features": {
            "stencil_enabled": true,
            "sitewidehttps_enabled": true,
            "facebook_catalog_id": "",
            "checkout_type": "optimized",
            "wishlists_enabled": false,
            "graphql_storefront_api_enabled": true,
            "shopper_consent_tracking_enabled": true,
            "multi_storefront_enabled": true,
            "storefront_limits": {"active": 1, "total_including_inactive": 5},
        },
    })
}

/// Time zone, currency, units.
fn conventions(p: &Profile) -> Value {
    let (zone, standard, summer) = p.timezone;
    json!({
        "timezone": {
            "name": zone,
            "raw_offset": standard,
            "dst_offset": summer,
            "dst_correction": true,
            "date_format": {"display": "M jS Y", "export": "M jS Y", "extended_display": "M jS Y @ g:i A"},
        },
        "language": "en",
        "currency": p.currency,
        "currency_symbol": if p.currency == "EUR" { "€" } else { "$" },
        "decimal_separator": ".",
        "thousands_separator": ",",
        "decimal_places": 2,
        "currency_symbol_location": "left",
        "weight_units": "KGS",
        "dimension_units": "Centimeters",
        "dimension_decimal_places": 2,
        "dimension_decimal_token": ".",
        "dimension_thousands_token": ",",
        "is_price_entered_with_tax": p.inclusive,
    })
}

/// `GET /v2/time`.
pub(super) async fn time(shop: Shopfront) -> Answer {
    let ahead = shop.world.faults().clock_ahead_seconds;
    Ok(json(&json!({"time": Timestamp::now().as_second() + ahead})))
}

/// `GET /v2/currencies`: the only one.
pub(super) async fn currencies(shop: Shopfront, query: Query) -> Answer {
    let page = query.page(Api::V2)?;
    let p = &shop.desk().profile;
    let euro = p.currency == "EUR";
    let currency = json!({
        "id": 1,
        "is_default": true,
        "country_iso2": p.country.0,
        "default_for_country_codes": [],
        "currency_code": p.currency,
        "currency_exchange_rate": "1.0000000000",
        "auto_update": false,
        "token_location": "left",
        "token": if euro { "€" } else { "$" },
        "decimal_token": ".",
        "thousands_token": ",",
        "decimal_places": 2,
        "name": if euro { "Euro" } else { "US Dollar" },
        "enabled": true,
        "is_transactional": true,
        "use_default_name": true,
        "last_updated": "Tue, 20 Jan 2026 09:00:00 +0000",
    });
    Ok(v2_list(&page.of(vec![currency])))
}

/// `GET /v2/order_statuses`.
pub(super) async fn statuses(_: Shopfront) -> Answer {
    let rows: Vec<_> = status::ALL
        .iter()
        .map(|s| {
            json!({
                "id": s.id,
                "name": s.label,
                "system_label": s.label,
                "custom_label": s.label,
                "system_description": s.description,
                "order": s.id,
            })
        })
        .collect();
    Ok(v2_list(&rows))
}

/// `GET /v3/channels`: the default storefront.
pub(super) async fn channels(shop: Shopfront, query: Query) -> Answer {
    let page = query.page(Api::V3)?;
    let p = &shop.desk().profile;
    let mut channel = json!({
        "id": 1,
        "external_id": "",
        "is_listable_from_ui": true,
        "is_enabled": true,
        "is_visible": true,
        "status": "active",
        "name": p.name,
        "type": "storefront",
        "platform": "bigcommerce",
        "date_created": "2025-01-01T09:00:00Z",
        "date_modified": "2025-01-01T09:00:00Z",
        "icon_url": "",
    });
    if query.words("include").contains(&"currencies") {
        channel["currencies"] = json!({
            "enabled_currencies": [p.currency],
            "default_currency": p.currency,
        });
    }
    let wanted = |filter: &str, value: &str| {
        let words = query.words(filter);
        words.is_empty() || words.contains(&value)
    };
    let keep = wanted("status:in", "active")
        && wanted("type:in", "storefront")
        && wanted("platform:in", "bigcommerce");
    Ok(v3_page(keep.then_some(channel).into_iter().collect(), page))
}

/// `GET /v3/tax/settings`.
pub(super) async fn tax(shop: Shopfront) -> Answer {
    let display = if shop.desk().profile.inclusive {
        "INCLUSIVE"
    } else {
        "EXCLUSIVE"
    };
    Ok(v3_one(json!({
        "tax_entered_with_prices": shop.desk().profile.inclusive,
        "price_display_settings": {
            "control_panel_price_display_strategy": display,
            "invoice_price_display_strategy": display,
        },
        "fallback_strategy": "BASIC",
        "should_subtract_store_tax": false,
        "should_use_geolocation_to_determine_guest_shopper_tax_zone": true,
        "guest_shopper_tax_zone_id": 1,
        "store_tax_zone_id": 1,
        "document_submission_strategy": "ON_PAYMENT_CAPTURE",
        "rounding_strategy": "RATE_ROUNDING",
    })))
}
