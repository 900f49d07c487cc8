//! Every kind of answer of the stand-in fits BigCommerce's OpenAPI files, and
//! what it takes for a documented request is documented there.
//!
//! The files are not ours to ship: name their folder in `SPECS`. Without it
//! these tests only say so.

#![expect(clippy::disallowed_methods, reason = "a test knows who answers it")]

#[path = "support/openapi.rs"]
mod openapi;
mod support;

use std::collections::BTreeMap;
use std::path::Path;

use openapi::Spec;
use reqwest::Method;
use sandbox::bigcommerce::spec::OPERATIONS;
use sandbox::store::Profile;
use sandbox::store::profile::US;
use sandbox::webhooks::event::{Event, Happening};
use serde_json::{Value, json};
use support::{BOTH, Stand};

/// Which file describes the paths that begin so; the first that fits counts.
const FILES: [(&str, &str); 13] = [
    ("/v2/orders", "orders.v2.oas2.yml"),
    ("/v2/order_statuses", "orders.v2.oas2.yml"),
    ("/v2/store", "store_information.v2.yml"),
    ("/v2/time", "store_information.v2.yml"),
    ("/v2/currencies", "currencies.v2.yml"),
    ("/v3/orders", "orders.v3.yml"),
    ("/v3/catalog/products", "catalog/products_catalog.v3.yml"),
    ("/v3/catalog/trees", "catalog/category-trees_catalog.v3.yml"),
    ("/v3/catalog/brands", "catalog/brands_catalog.v3.yml"),
    ("/v3/customers", "customers.v3.yml"),
    ("/v3/channels", "channels.v3.yml"),
    ("/v3/tax", "tax_settings.v3.yml"),
    ("/v3/hooks", "webhooks.v3.yml"),
];

const WHOLE: &str = "include=consignments,consignments.line_items,fees";

struct Specs(BTreeMap<&'static str, Spec>);

impl Specs {
    /// The files, or nothing (with a line that says so).
    fn read() -> Option<Self> {
        let Some(folder) = openapi::folder() else {
            println!("skipped: SPECS does not name the folder of BigCommerce's OpenAPI files");
            return None;
        };
        let read = |(_, file): (&str, &'static str)| (file, Spec::read(&folder, file));
        Some(Self(FILES.map(read).into()))
    }

    /// The file and the path within it.
    fn find<'a>(&self, path: &'a str) -> (&Spec, &'a str) {
        let (_, file) = FILES
            .iter()
            .find(|(start, _)| path.starts_with(start))
            .expect("a file");
        (&self.0[file], &path[3..])
    }
}

/// Validates answers and counts their kinds.
struct Judge<'a> {
    stand: &'a Stand,
    specs: &'a Specs,
    kinds: BTreeMap<String, usize>,
    faults: Vec<String>,
}

impl Judge<'_> {
    /// Gets `url`, documented as `template`, and judges the answer.
    async fn get(&mut self, profile: &Profile, template: &str, url: &str) -> Value {
        self.call(Method::GET, profile, template, url, None, 200)
            .await
    }

    async fn call(
        &mut self,
        method: Method,
        profile: &Profile,
        template: &str,
        url: &str,
        body: Option<Value>,
        status: u16,
    ) -> Value {
        let response = self.stand.call(method.clone(), profile, url, body).await;
        assert_eq!(response.status().as_u16(), status, "{method} {url}");
        let answer: Value = response.json().await.expect("JSON");
        let (spec, path) = self.specs.find(template);
        let schema = spec.answer(method.as_str(), path, status);
        let kind = format!("{method} {template} {status}{}", variant(url));
        self.check(&kind, &schema, &answer);
        answer
    }

    fn check(&mut self, kind: &str, schema: &Value, answer: &Value) {
        *self.kinds.entry(kind.to_owned()).or_default() += 1;
        for error in openapi::validator(schema).iter_errors(answer).take(3) {
            self.faults.push(format!(
                "{kind}: at {}: {error:.300}",
                error.instance_path()
            ));
        }
    }

    /// Says when a thing lacks properties that the documentation describes.
    fn complete(&mut self, template: &str, thing: &Value, absent: &[&str]) {
        let (spec, path) = self.specs.find(template);
        let schema = spec.answer("GET", path, 200);
        let of = schema["properties"].get("data").unwrap_or(&schema);
        let names = openapi::properties(of);
        assert!(names.len() > 3, "{template} describes {names:?}");
        for name in names {
            let there = thing.get(&name).is_some();
            if there == absent.contains(&name.as_str()) {
                let what = if there {
                    "served though listed as absent"
                } else {
                    "missing"
                };
                self.faults.push(format!("{template}: {name} is {what}"));
            }
        }
    }
}

/// What sets apart the kinds of answer on one path.
fn variant(url: &str) -> String {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let shape = |part: &&str| {
        part.starts_with("include")
            || part.starts_with("consignment_")
            || part.starts_with("details")
    };
    query
        .split('&')
        .filter(shape)
        .map(|part| format!(" {part}"))
        .collect()
}

#[tokio::test]
async fn every_kind_of_answer_fits_the_specification() {
    let Some(specs) = Specs::read() else { return };
    let stand = Stand::plain().await;
    let mut judge = Judge {
        stand: &stand,
        specs: &specs,
        kinds: BTreeMap::new(),
        faults: Vec::new(),
    };
    for profile in BOTH {
        populate(&stand, profile.key).await;
        orders(&mut judge, &profile).await;
        parts_of_orders(&mut judge, &profile).await;
        refunds(&mut judge, &profile).await;
        settings_and_catalogue(&mut judge, &profile).await;
        hooks(&mut judge, &profile).await;
        refusals(&mut judge, &profile).await;
    }
    println!("{} kinds of answers validated", judge.kinds.len());
    for (kind, times) in &judge.kinds {
        println!("  {times:4} x {kind}");
    }
    assert!(judge.faults.is_empty(), "{}", judge.faults.join("\n"));
    assert!(judge.kinds.len() >= 30, "only {} kinds", judge.kinds.len());
}

async fn populate(stand: &Stand, key: &str) {
    let path = format!("/stores/{key}/orders");
    stand
        .post(&path, json!({"count": 400, "days_back": 20}))
        .await;
    stand.post(&path, json!({"count": 100})).await;
    for wishes in [
        json!({"lines": 60}),
        json!({"pickup": true}),
        json!({"gift_certificate": true, "lines": 1}),
        json!({"discount": "coupon", "lines": 3}),
        json!({"discount": "manual", "lines": 3}),
        json!({"store_credit": true, "status_id": 11}),
        json!({"unmapped_category": true}),
    ] {
        stand.post(&path, wishes).await;
    }
    for kind in ["line", "shipping", "amount", "full", "tax_adjustment"] {
        stand
            .post(
                &format!("/stores/{key}/refunds"),
                json!({"count": 3, "kind": kind}),
            )
            .await;
    }
}

async fn orders(judge: &mut Judge<'_>, profile: &Profile) {
    let list = "/v2/orders";
    for page in 1..=3 {
        for extra in [
            "",
            "&include=fees",
            &format!("&{WHOLE}"),
            &format!("&{WHOLE}&consignment_structure=object"),
            "&include=consignments&consignment_structure=object",
        ] {
            judge
                .get(
                    profile,
                    list,
                    &format!("/v2/orders?limit=200&page={page}{extra}"),
                )
                .await;
        }
    }
    judge
        .get(profile, "/v2/orders/count", "/v2/orders/count")
        .await;
    judge
        .get(profile, "/v2/order_statuses", "/v2/order_statuses")
        .await;
    let one = judge
        .get(
            profile,
            "/v2/orders/{id}",
            &format!("/v2/orders/1001?{WHOLE}"),
        )
        .await;
    judge
        .get(
            profile,
            "/v2/orders/{id}",
            &format!("/v2/orders/1001?{WHOLE}&consignment_structure=object"),
        )
        .await;
    judge.complete("/v2/orders/{id}", &one, &[]);
    let consignments = "/v2/orders/{id}/consignments";
    for query in ["", "?include=consignments.line_items"] {
        let url = format!("/v2/orders/1001/consignments{query}");
        let whole = judge.get(profile, consignments, &url).await;
        judge.complete(consignments, &whole, &[]);
    }
}

async fn parts_of_orders(judge: &mut Judge<'_>, profile: &Profile) {
    let listed = judge
        .get(profile, "/v2/orders", "/v2/orders?limit=250&min_id=1380")
        .await;
    let mut seen = BTreeMap::new();
    for order in listed.as_array().expect("orders") {
        let id = &order["id"];
        for part in [
            "products?limit=250",
            "taxes",
            "taxes?details=true",
            "coupons",
            "shipping_addresses",
        ] {
            let url = format!("/v2/orders/{id}/{part}");
            let template = format!(
                "/v2/orders/{{id}}/{}",
                part.split('?').next().unwrap_or(part)
            );
            if judge.stand.get(profile, &url).await.status() == 200 {
                let rows = judge.get(profile, &template, &url).await;
                seen.insert(template, rows[0].clone());
            }
        }
        let url = format!("/v3/orders/{id}/transactions");
        if judge.stand.get(profile, &url).await.status() == 200 {
            judge
                .get(profile, "/v3/orders/{id}/transactions", &url)
                .await;
        }
    }
    assert_eq!(seen.len(), 4, "{:?}", seen.keys());
    // Only ticket lines have an event date.
    judge.complete(
        "/v2/orders/{id}/products",
        &seen["/v2/orders/{id}/products"],
        &["event_date"],
    );
    let shipping_addresses = "/v2/orders/{id}/shipping_addresses";
    judge.complete(shipping_addresses, &seen[shipping_addresses], &[]);
    judge.complete(
        "/v2/orders/{id}/coupons",
        &seen["/v2/orders/{id}/coupons"],
        &[],
    );
}

async fn refunds(judge: &mut Judge<'_>, profile: &Profile) {
    let all = "/v3/orders/payment_actions/refunds";
    let listed = judge.get(profile, all, &format!("{all}?limit=250")).await;
    judge.complete(all, &listed["data"][0], &[]);
    judge
        .get(
            profile,
            all,
            &format!("{all}?created:min=2099-01-01T00:00:00Z"),
        )
        .await;
    for refund in listed["data"].as_array().expect("refunds") {
        let of_order = format!("/v3/orders/{}/payment_actions/refunds", refund["order_id"]);
        judge
            .get(
                profile,
                "/v3/orders/{id}/payment_actions/refunds",
                &of_order,
            )
            .await;
        judge
            .get(
                profile,
                &format!("{all}/{{id}}"),
                &format!("{all}/{}", refund["id"]),
            )
            .await;
    }
}

async fn settings_and_catalogue(judge: &mut Judge<'_>, profile: &Profile) {
    for path in [
        "/v2/store",
        "/v2/time",
        "/v2/currencies",
        "/v3/tax/settings",
        "/v3/customers?limit=5",
        "/v3/channels",
        "/v3/channels?include=currencies",
        "/v3/catalog/trees",
        "/v3/catalog/trees/categories?limit=5&page=2",
        "/v3/catalog/brands?limit=2",
        "/v3/catalog/products?limit=20&page=2",
        "/v3/catalog/products?include_fields=name,sku,categories,brand_id,tax_class_id&id:in=101,500,990",
    ] {
        judge
            .get(profile, path.split('?').next().unwrap_or(path), path)
            .await;
    }
    let store = judge.get(profile, "/v2/store", "/v2/store").await;
    judge.complete("/v2/store", &store, &[]);
}

async fn hooks(judge: &mut Judge<'_>, profile: &Profile) {
    let body =
        json!({"scope": "store/order/*", "destination": "https://hooks.example/", "headers": null});
    let made = judge
        .call(
            Method::POST,
            profile,
            "/v3/hooks",
            "/v3/hooks",
            Some(body),
            200,
        )
        .await;
    let path = format!("/v3/hooks/{}", made["data"]["id"]);
    let one = "/v3/hooks/{id}";
    judge.get(profile, "/v3/hooks", "/v3/hooks").await;
    judge.get(profile, one, &path).await;
    let off = Some(json!({"is_active": false}));
    judge.call(Method::PUT, profile, one, &path, off, 200).await;
    judge
        .call(Method::DELETE, profile, one, &path, None, 200)
        .await;
    judge
        .call(Method::GET, profile, one, &path, None, 404)
        .await;
    let body = json!({"scope": "store/order/*"});
    judge
        .call(
            Method::POST,
            profile,
            "/v3/hooks",
            "/v3/hooks",
            Some(body),
            422,
        )
        .await;
}

async fn refusals(judge: &mut Judge<'_>, profile: &Profile) {
    judge
        .call(
            Method::GET,
            profile,
            "/v2/orders/{id}",
            "/v2/orders/7",
            None,
            404,
        )
        .await;
    let transactions = "/v3/orders/{id}/transactions";
    judge
        .call(
            Method::GET,
            profile,
            transactions,
            "/v3/orders/7/transactions",
            None,
            404,
        )
        .await;
    judge
        .stand
        .post("/bigcommerce/faults", json!({"down": true}))
        .await;
    judge
        .call(
            Method::GET,
            profile,
            transactions,
            "/v3/orders/7/transactions",
            None,
            503,
        )
        .await;
    judge
        .stand
        .admin(Method::DELETE, "/bigcommerce/faults", json!({}))
        .await;
}

#[test]
fn every_request_taken_for_documented_is_documented() {
    let Some(specs) = Specs::read() else { return };
    for operation in OPERATIONS {
        let (spec, path) = specs.find(operation.path);
        let mut documented = Vec::new();
        for method in operation.methods {
            documented.extend(spec.query_parameters(method, path));
        }
        for parameter in operation.parameters {
            assert!(
                documented.iter().any(|d| d == parameter),
                "{}: {parameter} is not documented",
                operation.path
            );
        }
    }
    println!("{} operations checked", OPERATIONS.len());
}

#[test]
fn webhook_payloads_have_the_shape_of_the_samples() {
    let Some(folder) = openapi::folder() else {
        return;
    };
    for (what, sample) in [
        (Happening::Created, "store_order_created"),
        (Happening::Updated, "store_order_updated"),
        (Happening::StatusUpdated(0, 11), "store_order_statusUpdated"),
        (Happening::RefundCreated(3), "store_order_refund_created"),
    ] {
        let at = jiff::Timestamp::now();
        let event = Event {
            profile: US,
            order_id: 250,
            what,
            at,
        };
        let ours = event.payload(event.scope());
        let theirs = read_json(&folder.join(format!("webhook_payloads/{sample}.json")));
        assert_eq!(shape(&ours), shape(&theirs), "{sample}");
        assert_eq!(ours["scope"], theirs["scope"]);
    }
}

fn read_json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

/// A value with each leaf replaced by the name of its type.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.iter().map(|(k, v)| (k.clone(), shape(v))).collect(),
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::String(_) => json!("string"),
        Value::Number(_) => json!("number"),
        Value::Bool(_) => json!("bool"),
        Value::Null => Value::Null,
    }
}
