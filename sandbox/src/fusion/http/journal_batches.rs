//! `journalBatches`: reading batches, journals and lines back; completing,
//! marking for reversal, deleting. There is no way to create one here.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::App;
use super::books::{batch_item, error_items, header_item, line_items};
use super::collection::{Ask, Parameters, single};
use super::error::{Answer, Refusal};
use crate::fusion::gl::{Batch, Journal};
use crate::fusion::pod::Pod;

/// `GET journalBatches`. A prefix condition on the name is looked up by index.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Query(parameters): Query<Parameters>,
) -> Answer {
    let ask = Ask::parse(&parameters, app.resources())?;
    let pod = app.pod();
    let now = pod.now();
    let prefix = ask.filter.prefix("BatchName");
    let mut items: Vec<_> = pod
        .gl
        .with_prefix(&prefix)
        .filter(|batch| batch.visible_at <= now)
        .map(|batch| (batch.id, batch_item(batch)))
        .collect();
    items.sort_by_key(|(id, _)| *id);
    drop(pod);
    ask.answer(items.into_iter().map(|(_, item)| item).collect())
}

/// `GET journalBatches/{JeBatchId}`.
pub(super) async fn one(
    State(app): State<Arc<App>>,
    Path(batch): Path<String>,
    Query(parameters): Query<Parameters>,
) -> Answer {
    let pod = app.pod();
    let item = batch_item(visible(&pod, &batch)?);
    Ok(single(&item, &parameters, app.resources()))
}

/// `GET journalBatches/{JeBatchId}/child/{child}`.
pub(super) async fn children(
    State(app): State<Arc<App>>,
    Path((batch, child)): Path<(String, String)>,
    Query(parameters): Query<Parameters>,
) -> Answer {
    let ask = Ask::parse(&parameters, app.resources())?;
    let pod = app.pod();
    let batch = visible(&pod, &batch)?;
    let items = match child.as_str() {
        "journalHeaders" => {
            let headers = batch.journals.iter();
            headers
                .map(|journal| header_item(&pod.world, batch, journal, &key(journal)))
                .collect()
        }
        "journalErrors" => error_items(batch),
        "journalActionLogs" | "batchAttachment" | "journalBatchDFF" => Vec::new(),
        unknown => {
            return Err(Refusal::missing(format!(
                "journalBatches has no child {unknown}"
            )));
        }
    };
    ask.answer(items)
}

/// `GET …/journalHeaders/{key}`.
pub(super) async fn header(
    State(app): State<Arc<App>>,
    Path((batch, header)): Path<(String, String)>,
    Query(parameters): Query<Parameters>,
) -> Answer {
    let pod = app.pod();
    let batch = visible(&pod, &batch)?;
    let journal = journal(batch, &header)?;
    let item = header_item(&pod.world, batch, journal, &header);
    Ok(single(&item, &parameters, app.resources()))
}

/// `GET …/journalHeaders/{key}/child/journalLines`.
pub(super) async fn lines(
    State(app): State<Arc<App>>,
    Path((batch, header)): Path<(String, String)>,
    Query(parameters): Query<Parameters>,
) -> Answer {
    let ask = Ask::parse(&parameters, app.resources())?;
    let pod = app.pod();
    let batch = visible(&pod, &batch)?;
    ask.answer(line_items(batch, journal(batch, &header)?, &header))
}

/// `PATCH journalBatches/{JeBatchId}`: completion status and reversal attributes.
pub(super) async fn change(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(parameters): Query<Parameters>,
    body: Bytes,
) -> Answer {
    let changes: Map<String, Value> = serde_json::from_slice(&body)
        .map_err(|problem| Refusal::bad(format!("The body is not a JSON object: {problem}")))?;
    let mut pod = app.pod();
    let now = pod.now();
    let id = visible(&pod, &id)?.id;
    let Some(batch) = pod.gl.batch_mut(id) else {
        return Err(Refusal::missing(format!("Batch {id} does not exist")));
    };
    let mut reversal = batch.reversal.clone();
    let mut complete = batch.complete;
    for (name, value) in &changes {
        let text = value.as_str().map(str::to_string);
        match name.as_str() {
            "ReversalFlag" => reversal.flag = flag(value)?,
            "ReversalPeriod" => reversal.period = text,
            "ReversalDate" => reversal.date = text,
            "ReversalMethodMeaning" => reversal.method = text,
            "CompletionStatusMeaning" => {
                complete = text.is_some_and(|text| text.eq_ignore_ascii_case("complete"));
            }
            other => return Err(Refusal::bad(format!("Attribute {other} cannot be updated"))),
        }
    }
    batch.reversal = reversal;
    batch.complete = complete;
    batch.updated = now;
    let item = batch_item(batch);
    pod.plan_autopost(now);
    Ok(single(&item, &parameters, app.resources()))
}

/// `DELETE journalBatches/{JeBatchId}`: unposted ones only.
pub(super) async fn delete(State(app): State<Arc<App>>, Path(id): Path<String>) -> Answer {
    let mut pod = app.pod();
    let id = visible(&pod, &id)?.id;
    match pod.gl.delete(id) {
        true => Ok(StatusCode::NO_CONTENT.into_response()),
        false => Err(Refusal::bad(format!(
            "Batch {id} is posted and cannot be deleted"
        ))),
    }
}

/// `true`, `false`, `"Y"` or `"N"`: both forms are in use.
fn flag(value: &Value) -> Result<bool, Refusal> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::String(text) if text == "Y" => Ok(true),
        Value::String(text) if text == "N" => Ok(false),
        other => Err(Refusal::bad(format!("ReversalFlag cannot be {other}"))),
    }
}

/// A batch the read-back can see by now.
fn visible<'p>(pod: &'p Pod, id: &str) -> Result<&'p Batch, Refusal> {
    id.parse()
        .ok()
        .and_then(|id| pod.gl.batch(id))
        .filter(|batch| batch.visible_at <= pod.now())
        .ok_or_else(|| Refusal::missing(format!("Batch {id} does not exist")))
}

fn journal<'b>(batch: &'b Batch, wanted: &str) -> Result<&'b Journal, Refusal> {
    let found = batch.journals.iter().find(|journal| key(journal) == wanted);
    found.ok_or_else(|| Refusal::missing(format!("Journal {wanted} does not exist")))
}

/// Keys below the batch are opaque: they cannot be guessed from identifiers.
fn key(journal: &Journal) -> String {
    let digest = Sha256::digest(format!("journal/{}", journal.id));
    let hex: String = digest
        .iter()
        .take(24)
        .map(|byte| format!("{byte:02X}"))
        .collect();
    format!("00020000000EACED{hex}")
}
