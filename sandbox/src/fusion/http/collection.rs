//! Collections: filter, order, page and show.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use super::error::{Answer, Refusal};
use super::query::Filter;
use super::resource::{Field, Item, Shown, View};

/// Items a page holds if no limit is asked for.
const DEFAULT_LIMIT: usize = 25;
/// Most items a page holds, whatever is asked for.
const LARGEST_LIMIT: usize = 500;

/// Query parameters by name.
pub(super) type Parameters = BTreeMap<String, String>;

/// What a collection call asks for.
#[derive(Debug)]
pub(super) struct Ask {
    /// Which items.
    pub filter: Filter,
    /// What of them.
    pub view: View,
    order: Vec<(String, bool)>,
    limit: usize,
    offset: usize,
    count_all: bool,
}

impl Ask {
    /// Reads the parameters; unknown ones are ignored, as the framework does.
    ///
    /// # Errors
    /// If one that is known is malformed.
    pub(super) fn parse(parameters: &Parameters, base: String) -> Result<Self, Refusal> {
        let get = |name: &str| parameters.get(name).map(String::as_str);
        let number = |name: &str, default: usize| match get(name) {
            None => Ok(default),
            Some(text) => text
                .parse()
                .map_err(|_| Refusal::bad(format!("{name} must be a number, not {text}"))),
        };
        Ok(Self {
            filter: Filter::parse(get("q").unwrap_or_default())?,
            view: view(parameters, base),
            order: get("orderBy")
                .unwrap_or_default()
                .split(',')
                .filter_map(ordering)
                .collect(),
            limit: number("limit", DEFAULT_LIMIT)?.clamp(1, LARGEST_LIMIT),
            offset: number("offset", 0)?,
            count_all: get("totalResults") == Some("true"),
        })
    }

    /// Answers with a page of the items that pass.
    ///
    /// # Errors
    /// If the filter or the order names a field the items do not have.
    pub(super) fn answer(&self, items: Vec<Item>) -> Answer {
        let mut passing = Vec::new();
        for item in items {
            if self.filter.passes(&item)? {
                passing.push(item);
            }
        }
        self.sort(&mut passing)?;
        let total = passing.len();
        let page = passing.iter().skip(self.offset).take(self.limit);
        let shown: Vec<Shown<'_>> = page
            .map(|item| Shown {
                item,
                view: &self.view,
            })
            .collect();
        let page = Page {
            count: shown.len(),
            has_more: self.offset + shown.len() < total,
            items: shown,
            total_results: self.count_all.then_some(total),
            limit: self.limit,
            offset: self.offset,
            links: json!([]),
        };
        Ok(Json(page).into_response())
    }

    fn sort(&self, items: &mut [Item]) -> Result<(), Refusal> {
        let Some(first) = items.first() else {
            return Ok(());
        };
        if let Some((unknown, _)) = self
            .order
            .iter()
            .find(|(name, _)| first.field(name).is_none())
        {
            return Err(Refusal::bad(format!(
                "orderBy names the unknown attribute {unknown}"
            )));
        }
        items.sort_by(|left, right| {
            let by = |(name, descending): &(String, bool)| {
                let order = rank(left.field(name), right.field(name));
                if *descending { order.reverse() } else { order }
            };
            self.order
                .iter()
                .map(by)
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal)
        });
        Ok(())
    }
}

/// Answers with one item.
pub(super) fn single(item: &Item, parameters: &Parameters, base: String) -> Response {
    let view = view(parameters, base);
    Json(Shown { item, view: &view }).into_response()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    items: Vec<Shown<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_results: Option<usize>,
    count: usize,
    has_more: bool,
    limit: usize,
    offset: usize,
    links: Value,
}

fn view(parameters: &Parameters, base: String) -> View {
    let fields = parameters.get("fields");
    View {
        base,
        only_data: parameters
            .get("onlyData")
            .is_some_and(|value| value == "true"),
        fields: fields.map(|names| {
            names
                .split(',')
                .map(|name| name.trim().to_string())
                .collect()
        }),
    }
}

/// `Field`, `Field:asc` or `Field:desc`.
fn ordering(text: &str) -> Option<(String, bool)> {
    let (name, direction) = text.split_once(':').unwrap_or((text, "asc"));
    let name = name.trim();
    (!name.is_empty()).then(|| (name.to_string(), direction.eq_ignore_ascii_case("desc")))
}

fn rank(left: Option<&Field>, right: Option<&Field>) -> Ordering {
    match (left, right) {
        (Some(Field::Text(left)), Some(Field::Text(right))) => left.cmp(right),
        (Some(Field::Int(left)), Some(Field::Int(right))) => left.cmp(right),
        (Some(Field::Amount(left)), Some(Field::Amount(right))) => left.cmp(right),
        (Some(Field::Flag(left)), Some(Field::Flag(right))) => left.cmp(right),
        (Some(Field::Null), Some(Field::Null)) => Ordering::Equal,
        (Some(Field::Null), _) => Ordering::Greater,
        (_, Some(Field::Null)) => Ordering::Less,
        _ => Ordering::Equal,
    }
}
