//! Which requests the documentation knows, to catch a client that makes others.

/// What is documented for one path.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// Path below `/stores/{hash}`.
    pub path: &'static str,
    /// Methods.
    pub methods: &'static [&'static str],
    /// Query parameters.
    pub parameters: &'static [&'static str],
}

const fn get(path: &'static str, parameters: &'static [&'static str]) -> Operation {
    Operation {
        path,
        methods: &["GET"],
        parameters,
    }
}

/// Filters shared by the order list and the order count.
macro_rules! order_filters {
    ($($more:literal),*) => {
        &[
            "min_id", "max_id", "min_total", "max_total", "customer_id", "email", "status_id",
            "cart_id", "payment_method", "min_date_created", "max_date_created",
            "min_date_modified", "max_date_modified", "channel_id", "external_order_id", $($more),*
        ]
    };
}

/// Everything this stand-in serves, as documented.
pub const OPERATIONS: &[Operation] = &[
    get("/v2/store", &[]),
    get("/v2/time", &[]),
    get("/v2/currencies", &["page", "limit"]),
    get(
        "/v2/orders",
        order_filters!("page", "limit", "sort", "include", "consignment_structure"),
    ),
    get("/v2/orders/count", order_filters!()),
    get("/v2/orders/{id}", &["include", "consignment_structure"]),
    get("/v2/orders/{id}/products", &["page", "limit"]),
    get("/v2/orders/{id}/taxes", &["page", "limit", "details"]),
    get("/v2/orders/{id}/coupons", &["page", "limit"]),
    get("/v2/orders/{id}/shipping_addresses", &["page", "limit"]),
    get("/v2/orders/{id}/consignments", &["include"]),
    get("/v2/order_statuses", &[]),
    get("/v3/orders/{id}/transactions", &[]),
    get(
        "/v3/orders/payment_actions/refunds",
        &[
            "order_id:in",
            "id:in",
            "created:min",
            "created:max",
            "transaction_id",
            "page",
            "limit",
        ],
    ),
    get(
        "/v3/orders/{id}/payment_actions/refunds",
        &["transaction_id"],
    ),
    get("/v3/orders/payment_actions/refunds/{id}", &[]),
    get(
        "/v3/catalog/products",
        &[
            "id",
            "id:in",
            "id:min",
            "id:max",
            "sku",
            "sku:in",
            "channel_id:in",
            "categories:in",
            "brand_id",
            "include_fields",
            "exclude_fields",
            "page",
            "limit",
            "sort",
            "direction",
        ],
    ),
    get("/v3/catalog/trees", &["id:in", "channel_id:in"]),
    get(
        "/v3/catalog/trees/categories",
        &[
            "category_id:in",
            "category_uuid:in",
            "tree_id:in",
            "parent_id:in",
            "name",
            "page",
            "limit",
        ],
    ),
    get(
        "/v3/catalog/brands",
        &["id", "id:in", "name", "page", "limit", "sort", "direction"],
    ),
    get(
        "/v3/customers",
        &[
            "id:in",
            "email:in",
            "customer_group_id:in",
            "include",
            "sort",
            "page",
            "limit",
        ],
    ),
    get(
        "/v3/channels",
        &[
            "include",
            "available",
            "status:in",
            "type:in",
            "platform:in",
            "page",
            "limit",
        ],
    ),
    Operation {
        path: "/v3/hooks",
        methods: &["GET", "POST"],
        parameters: &["page", "limit", "is_active", "scope", "destination"],
    },
    Operation {
        path: "/v3/hooks/{id}",
        methods: &["GET", "PUT", "DELETE"],
        parameters: &[],
    },
    get("/v3/tax/settings", &[]),
];

/// The values that `include` may hold on orders.
const INCLUDES: [&str; 3] = ["consignments", "consignments.line_items", "fees"];

/// What a request has that the documentation does not know; nothing if all is well.
#[must_use]
pub fn violation(
    template: Option<&str>,
    method: &str,
    query: &super::query::Query,
    accepts_json: bool,
) -> Option<String> {
    let Some(operation) = template.and_then(operation) else {
        return Some("unknown path".to_owned());
    };
    if !operation.methods.contains(&method) {
        return Some(format!("{method} is not documented here"));
    }
    if !accepts_json {
        return Some("no Accept: application/json".to_owned());
    }
    for (name, value) in query.iter() {
        if !operation.parameters.contains(&name) {
            return Some(format!("unknown parameter {name}"));
        }
        let orders = operation.path.starts_with("/v2/orders");
        if orders && name == "include" && !value.split(',').all(|v| INCLUDES.contains(&v)) {
            return Some(format!("unknown include {value}"));
        }
    }
    None
}

fn operation(template: &str) -> Option<&'static Operation> {
    let path = template.strip_prefix("/stores/{hash}")?;
    OPERATIONS.iter().find(|operation| operation.path == path)
}

#[cfg(test)]
mod tests {
    use super::super::query::Query;
    use super::*;

    #[test]
    fn only_documented_requests_pass() {
        let check = |path: &str, query: &str| {
            violation(
                Some(&format!("/stores/{{hash}}{path}")),
                "GET",
                &Query::parse(query),
                true,
            )
        };
        assert_eq!(
            check("/v2/orders", "limit=250&include=consignments,fees"),
            None
        );
        assert!(check("/v2/orders", "is_deleted=false").is_some());
        assert!(check("/v2/orders", "include=products").is_some());
        assert!(check("/v2/orders/{id}/nothing", "").is_some());
    }
}
