//! The scheduler's own REST interface: any request, with its arguments.
//!
//! Unlike the financials resources, conditions here are `field operator value`
//! with the operators in letters, joined with `and`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::App;
use super::collection::Parameters;
use super::error::{Answer, Refusal};
use crate::fusion::jobs::{Request, State as JobState, later};

/// Requests a page holds if no limit is asked for.
const DEFAULT_LIMIT: usize = 25;
/// Most requests a page holds.
const LARGEST_LIMIT: usize = 500;

/// One request.
pub(super) async fn one(State(app): State<Arc<App>>, Path(id): Path<String>) -> Answer {
    let pod = app.pod();
    let request = id.parse().ok().and_then(|id| pod.jobs.get(id));
    let request =
        request.ok_or_else(|| Refusal::missing(format!("Request {id} does not exist")))?;
    Ok(Json(shown(request)).into_response())
}

/// Requests that pass `q`, newest first, or oldest first with
/// `orderBy=requestId:asc` (or `submissionTime:asc`).
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Query(parameters): Query<Parameters>,
) -> Answer {
    let get = |name: &str| parameters.get(name).map(String::as_str);
    let number = |name: &str, default: usize| match get(name) {
        None => Ok(default),
        Some(text) => text
            .parse()
            .map_err(|_| Refusal::bad(format!("{name} must be a number, not {text}"))),
    };
    let conditions = conditions(get("q").unwrap_or_default())?;
    let limit = number("limit", DEFAULT_LIMIT)?.clamp(1, LARGEST_LIMIT);
    let offset = number("offset", 0)?;
    let oldest_first = get("orderBy").is_some_and(|order| order.ends_with(":asc"));

    let pod = app.pod();
    let now = pod.now();
    let passing = |request: &&Request| {
        later(request.submitted, pod.config.search_lag) <= now
            && conditions.iter().all(|condition| condition.holds(request))
    };
    let requests: Vec<&Request> = match tree_of(&conditions) {
        Some(top) => {
            let mut tree = pod.jobs.tree(top);
            tree.sort_by_key(|request| request.id);
            tree
        }
        None => pod.jobs.all().collect(),
    };
    let mut passing: Vec<&Request> = requests.into_iter().filter(passing).collect();
    if !oldest_first {
        passing.reverse();
    }
    let page: Vec<Value> = passing
        .iter()
        .skip(offset)
        .take(limit)
        .map(|request| chosen(shown(request), get("fields")))
        .collect();
    let answer = json!({
        "count": page.len(),
        "hasMore": offset + page.len() < passing.len(),
        "items": page,
        "limit": limit,
        "offset": offset,
        "totalResults": passing.len(),
    });
    Ok(Json(answer).into_response())
}

fn shown(request: &Request) -> Value {
    let parameters = request.arguments.iter().enumerate().map(
        |(index, value)| json!({ "name": format!("submit.argument{}", index + 1), "value": value }),
    );
    json!({
        "requestId": request.id,
        "parentRequestId": request.parent.unwrap_or(0),
        "absParentRequestId": request.absolute_parent,
        "jobDefinitionId": definition_id(request),
        "jobDisplayName": request.kind.display(),
        "state": request.state.word(),
        "errorType": match request.state {
            JobState::Error => "BUSINESS",
            _ => "UNDEFINED",
        },
        "submitter": request.submitter,
        "submissionTime": request.submitted.to_string(),
        "processStartTime": request.started.map(|at| at.to_string()),
        "completedTime": request.completed.map(|at| at.to_string()),
        "requestParameters": parameters.collect::<Vec<_>>(),
    })
}

/// Only the fields that are named, if any are.
fn chosen(mut request: Value, fields: Option<&str>) -> Value {
    if let (Some(fields), Some(object)) = (fields, request.as_object_mut()) {
        object.retain(|name, _| fields.split(',').any(|field| field.trim() == name));
    }
    request
}

fn definition_id(request: &Request) -> String {
    let (package, definition) = (request.kind.package(), request.kind.definition());
    format!("JobDefinition://{package}/{definition}").replace("///", "//")
}

struct Condition {
    field: String,
    operator: String,
    value: String,
}

impl Condition {
    fn holds(&self, request: &Request) -> bool {
        let shown = shown(request);
        let order = match &shown[self.field.as_str()] {
            Value::Number(number) => number
                .as_u64()
                .zip(self.value.parse().ok())
                .map(|(left, right): (u64, u64)| left.cmp(&right)),
            Value::String(text) => Some(text.as_str().cmp(self.value.as_str())),
            _ => None,
        };
        order.is_some_and(|order| match self.operator.as_str() {
            "eq" => order.is_eq(),
            "ne" => order.is_ne(),
            "gt" => order.is_gt(),
            "ge" => order.is_ge(),
            "lt" => order.is_lt(),
            _ => order.is_le(),
        })
    }
}

fn conditions(text: &str) -> Result<Vec<Condition>, Refusal> {
    let known = |field: &str| {
        matches!(
            field,
            "requestId"
                | "parentRequestId"
                | "absParentRequestId"
                | "jobDefinitionId"
                | "jobDisplayName"
                | "state"
                | "errorType"
                | "submitter"
                | "submissionTime"
                | "processStartTime"
                | "completedTime"
        )
    };
    text.split(" and ")
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| {
            let mut words = part.splitn(3, ' ');
            let (field, operator, value) = (words.next(), words.next(), words.next());
            match (field, operator, value) {
                (
                    Some(field),
                    Some(operator @ ("eq" | "ne" | "gt" | "ge" | "lt" | "le")),
                    Some(value),
                ) if known(field) => Ok(Condition {
                    field: field.to_string(),
                    operator: operator.to_string(),
                    value: value.trim().trim_matches(['\'', '"']).to_string(),
                }),
                _ => Err(Refusal::bad(format!("The condition {part} is not valid"))),
            }
        })
        .collect()
}

/// The tree that all passing requests belong to, if a condition says so.
fn tree_of(conditions: &[Condition]) -> Option<u64> {
    conditions
        .iter()
        .find(|condition| condition.field == "absParentRequestId" && condition.operator == "eq")
        .and_then(|condition| condition.value.parse().ok())
}
