//! Answers and refusals in the two dialects of the API.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use super::page::Page;

/// Which dialect a path speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// Bare arrays, 204 for nothing, errors as an array.
    V2,
    /// `{data, meta}`, errors as an object.
    V3,
}

/// What a handler gives back.
pub type Answer = Result<Response, Refusal>;

/// Why a request is refused.
#[derive(Clone, Debug)]
pub struct Refusal {
    api: Api,
    status: u16,
    message: String,
    field: Option<String>,
}

impl Refusal {
    /// A refusal with a status and a message.
    #[must_use]
    pub fn new(api: Api, status: u16, message: impl Into<String>) -> Self {
        Self {
            api,
            status,
            message: message.into(),
            field: None,
        }
    }

    /// There is no such resource.
    #[must_use]
    pub fn not_found(api: Api) -> Self {
        Self::new(api, 404, "The requested resource was not found.")
    }

    /// A parameter or field has a wrong value.
    #[must_use]
    pub fn field(api: Api, name: &str) -> Self {
        let status = match api {
            Api::V2 => 400,
            Api::V3 => 422,
        };
        Self {
            field: Some(name.to_owned()),
            ..Self::new(api, status, format!("The field '{name}' is invalid."))
        }
    }

    /// HTTP status of the refusal.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    fn body(&self) -> Value {
        match (self.api, &self.field) {
            (Api::V2, None) => json!([{"status": self.status, "message": self.message}]),
            (Api::V2, Some(field)) => json!([{
                "status": self.status,
                "message": self.message,
                "details": {"invalid_reason": format!("{field} has a wrong value")},
            }]),
            (Api::V3, field) => {
                let mut errors = serde_json::Map::new();
                if let Some(field) = field {
                    errors.insert(field.clone(), json!(self.message));
                }
                json!({
                    "status": self.status,
                    "title": self.message,
                    "type": "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes",
                    "errors": errors,
                })
            }
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = json(&self.body());
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response
    }
}

/// 200 with a JSON body.
pub fn json(body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => {
            let mut response = Response::new(Body::from(bytes));
            let kind = HeaderValue::from_static("application/json");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            response
        }
        Err(error) => {
            tracing::error!(%error, "an answer of the sandbox cannot be written as JSON");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// 204 without a body.
pub fn no_content() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// A V2 list: a bare array, or 204 when there is nothing.
pub fn v2_list<T: Serialize>(rows: &[T]) -> Response {
    if rows.is_empty() {
        no_content()
    } else {
        json(&rows)
    }
}

/// A single V3 thing.
pub fn v3_one(data: impl Serialize) -> Response {
    json(&One {
        data,
        meta: json!({}),
    })
}

/// A V3 list without paging in its `meta`, as refunds are.
pub fn v3_plain<T: Serialize>(data: &[T]) -> Response {
    json(&One {
        data,
        meta: json!({}),
    })
}

/// A page of a V3 list.
pub fn v3_page<T: Serialize>(all: Vec<T>, page: Page) -> Response {
    let total = all.len() as u64;
    let data = page.of(all);
    let total_pages = total.div_ceil(page.limit);
    let link = |number: u64| format!("?page={number}&limit={}", page.limit);
    let mut links = json!({"current": link(page.page)});
    if page.page < total_pages {
        links["next"] = json!(link(page.page + 1));
    }
    if page.page > 1 {
        links["previous"] = json!(link(page.page - 1));
    }
    let meta = json!({"pagination": {
        "total": total,
        "count": data.len(),
        "per_page": page.limit,
        "current_page": page.page,
        "total_pages": total_pages,
        "links": links,
    }});
    json(&One { data, meta })
}

#[derive(Serialize)]
struct One<T> {
    data: T,
    meta: Value,
}
