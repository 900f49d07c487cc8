//! Products, categories and brands.

use serde_json::{Map, Value, json, value::to_raw_value};

use super::Shopfront;
use crate::bigcommerce::answer::{Answer, Api, Refusal, v3_page};
use crate::bigcommerce::query::Query;
use crate::bigcommerce::wire::Number;
use crate::store::catalogue::{self, Category, Product};
use crate::store::order::LineKind;

/// `GET /v3/catalog/products`.
pub(super) async fn products(_: Shopfront, query: Query) -> Answer {
    let page = query.page(Api::V3)?;
    let ids = query.ids(Api::V3, "id:in")?;
    let id: Option<u32> = query.number(Api::V3, "id")?;
    let (min, max): (Option<u32>, Option<u32>) = (
        query.number(Api::V3, "id:min")?,
        query.number(Api::V3, "id:max")?,
    );
    let brand: Option<u32> = query.number(Api::V3, "brand_id")?;
    let categories = query.ids(Api::V3, "categories:in")?.unwrap_or_default();
    let skus = [query.words("sku"), query.words("sku:in")].concat();
    let keeps = |p: &&Product| {
        ids.as_ref().is_none_or(|ids| ids.contains(&p.id))
            && id.is_none_or(|id| p.id == id)
            && min.is_none_or(|m| p.id >= m)
            && max.is_none_or(|m| p.id <= m)
            && brand.is_none_or(|b| p.brand == b)
            && categories.iter().all(|c| p.categories.contains(c))
            && (skus.is_empty() || skus.contains(&p.sku.as_str()))
    };
    let kept = catalogue::PRODUCTS.iter().filter(keeps);
    let rows = kept
        .map(|p| shape(product(p), &query))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(v3_page(rows, page))
}

/// `GET /v3/catalog/trees`: one tree for the only channel.
pub(super) async fn trees(_: Shopfront, query: Query) -> Answer {
    let page = query.page(Api::V3)?;
    let ids = query.ids(Api::V3, "id:in")?;
    let channels = query.ids(Api::V3, "channel_id:in")?;
    let wanted = ids.is_none_or(|ids| ids.contains(&catalogue::TREE_ID))
        && channels.is_none_or(|channels| channels.contains(&1));
    let tree = json!({"id": catalogue::TREE_ID, "name": "Default catalog tree", "channels": [1]});
    Ok(v3_page(wanted.then_some(tree).into_iter().collect(), page))
}

/// `GET /v3/catalog/trees/categories`.
pub(super) async fn categories(_: Shopfront, query: Query) -> Answer {
    let page = query.page(Api::V3)?;
    let ids = query.ids(Api::V3, "category_id:in")?;
    let parents = query.ids(Api::V3, "parent_id:in")?;
    let trees = query.ids(Api::V3, "tree_id:in")?;
    let uuids = query.words("category_uuid:in");
    let name = query.get("name");
    let keeps = |c: &&Category| {
        ids.as_ref().is_none_or(|ids| ids.contains(&c.id))
            && parents.as_ref().is_none_or(|p| p.contains(&c.parent))
            && trees
                .as_ref()
                .is_none_or(|t| t.contains(&catalogue::TREE_ID))
            && (uuids.is_empty() || uuids.contains(&uuid(c).as_str()))
            && name.is_none_or(|n| c.name == n)
    };
    let kept = catalogue::CATEGORIES.iter().filter(keeps);
    Ok(v3_page(kept.map(category).collect(), page))
}

/// `GET /v3/catalog/brands`.
pub(super) async fn brands(_: Shopfront, query: Query) -> Answer {
    let page = query.page(Api::V3)?;
    let ids = query.ids(Api::V3, "id:in")?;
    let id: Option<u32> = query.number(Api::V3, "id")?;
    let name = query.get("name");
    let rows = (1u32..).zip(catalogue::BRANDS).filter(|(brand, label)| {
        ids.as_ref().is_none_or(|ids| ids.contains(brand))
            && id.is_none_or(|id| id == *brand)
            && name.is_none_or(|n| n == *label)
    });
    let body = |(id, name): (u32, &str)| {
        json!({
            "id": id,
            "name": name,
            "page_title": name,
            "meta_keywords": [],
            "meta_description": "",
            "search_keywords": "",
            "image_url": "",
            "custom_url": {"url": format!("/brands/{id}/"), "is_customized": false},
        })
    };
    Ok(v3_page(rows.map(body).collect(), page))
}

fn product(p: &Product) -> Map<String, Value> {
    let physical = p.kind == LineKind::Physical;
    // Catalogue prices have two decimals; their shortest text is exact.
    let number = |amount| {
        let raw = to_raw_value(&Number(amount)).ok();
        raw.and_then(|raw| serde_json::from_str(raw.get()).ok())
            .unwrap_or(Value::Null)
    };
    let body = json!({
        "id": p.id,
        "name": p.name,
        "type": if physical { "physical" } else { "digital" },
        "sku": p.sku,
        "description": "",
        "weight": if physical { 1 } else { 0 },
        "price": number(p.price),
        "cost_price": number(p.cost),
        "calculated_price": number(p.price),
        "tax_class_id": p.tax_class.id(),
        "product_tax_code": "",
        "categories": p.categories,
        "brand_id": p.brand,
        "is_visible": true,
        "upc": "",
        "mpn": "",
        "gtin": "",
        "bin_picking_number": "",
        "date_created": "2025-01-15T09:00:00+00:00",
        "date_modified": "2025-06-01T09:00:00+00:00",
    });
    match body {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Keeps only the fields asked for; the id always stays.
fn shape(mut product: Map<String, Value>, query: &Query) -> Result<Value, Refusal> {
    let wanted = query.words("include_fields");
    let unwanted = query.words("exclude_fields");
    if let Some(unknown) = wanted.iter().find(|field| !product.contains_key(**field)) {
        return Err(Refusal::new(
            Api::V3,
            409,
            format!("include_fields: there is no field {unknown}"),
        ));
    }
    product.retain(|name, _| {
        name == "id"
            || ((wanted.is_empty() || wanted.contains(&name.as_str()))
                && !unwanted.contains(&name.as_str()))
    });
    Ok(Value::Object(product))
}

fn uuid(c: &Category) -> String {
    uuid::Uuid::new_v5(
        &uuid::Uuid::NAMESPACE_URL,
        format!("category/{}", c.id).as_bytes(),
    )
    .to_string()
}

fn category(c: &Category) -> Value {
    json!({
        "category_id": c.id,
        "category_uuid": uuid(c),
        "tree_id": catalogue::TREE_ID,
        "parent_id": c.parent,
        "name": c.name,
        "description": "",
        "views": 0,
        "sort_order": 0,
        "page_title": c.name,
        "meta_keywords": [],
        "meta_description": "",
        "layout_file": "category.html",
        "image_url": "",
        "is_visible": true,
        "search_keywords": "",
        "default_product_sort": "use_store_settings",
        "url": {"path": format!("/{}/", c.name.to_lowercase().replace(' ', "-")), "is_customized": false},
    })
}
