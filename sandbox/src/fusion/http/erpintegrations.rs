//! `POST erpintegrations`: uploads and submissions.
//!
//! A submission the scheduler will not take, an unknown job above all, is
//! answered like a good one, with `ReqstId` "-1".

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::App;
use super::error::{Answer, Refusal};
use super::finders;
use super::gate::Caller;
use super::integration::Integration;
use crate::fusion::faults::CallEffects;
use crate::fusion::jobs::{JobKind, Submission};
use crate::fusion::pod::{Document, Pod};

/// Body types taken.
const BODY_TYPES: [&str; 2] = [
    "application/vnd.oracle.adf.resourceitem+json",
    "application/json",
];
/// What a rejected submission has for a request identifier.
const REJECTED: &str = "-1";
/// Interface identifier of journals.
const JOURNAL_INTERFACE: &str = "15";

/// Performs the operation the body names.
pub(super) async fn operate(
    State(app): State<Arc<App>>,
    Extension(effects): Extension<CallEffects>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    check_body_type(&headers)?;
    let call: Integration = serde_json::from_slice(&body)
        .map_err(|problem| Refusal::bad(format!("The body is not valid JSON: {problem}")))?;
    let answer = match call.operation_name.as_deref() {
        Some("uploadFileToUCM") => upload(&app, call)?,
        Some("submitESSJobRequest") => submit(&mut app.pod(), call, caller, &effects),
        Some("importBulkData") => import_bulk_data(&app, call, caller, &effects)?,
        Some("downloadESSJobExecutionDetails") => download(&app.pod(), call)?,
        Some(unknown) => {
            return Err(Refusal::bad(format!(
                "OperationName {unknown} is not valid"
            )));
        }
        None => return Err(Refusal::bad("OperationName is required")),
    };
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

fn check_body_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let given = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let bare = given.split(';').next().unwrap_or_default().trim();
    match BODY_TYPES.contains(&bare) {
        true => Ok(()),
        false => Err(Refusal::with(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("Content-Type must be one of {BODY_TYPES:?}, not {given:?}"),
        )),
    }
}

/// The file is kept wherever it was sent; a wrong account shows only when the
/// loader looks for it.
fn upload(app: &App, call: Integration) -> Result<Integration, Refusal> {
    let document = document(&call)?;
    let id = app.pod().store(document);
    Ok(Integration {
        document_id: Some(id.to_string()),
        document_content: None,
        ..call
    })
}

fn document(call: &Integration) -> Result<Document, Refusal> {
    let required = |value: &Option<String>, name: &str| {
        let filled = value.clone().filter(|value| !value.is_empty());
        filled.ok_or_else(|| Refusal::bad(format!("{name} is required")))
    };
    let content_type = required(&call.content_type, "ContentType")?;
    if !content_type.eq_ignore_ascii_case("zip") {
        return Err(Refusal::bad(format!(
            "ContentType {content_type} must be zip"
        )));
    }
    let content = required(&call.document_content, "DocumentContent")?;
    Ok(Document {
        account: required(&call.document_account, "DocumentAccount")?,
        name: required(&call.file_name, "FileName")?,
        content: STANDARD
            .decode(content)
            .map_err(|problem| Refusal::bad(format!("DocumentContent is not base64: {problem}")))?,
    })
}

fn submit(pod: &mut Pod, call: Integration, caller: Caller, effects: &CallEffects) -> Integration {
    let package = call.job_package_name.as_deref().unwrap_or_default();
    let definition = call.job_def_name.as_deref().unwrap_or_default();
    let kind = JobKind::submittable(package, definition);
    let request = match kind {
        Some(kind) if !effects.reqst_id_minus_one => {
            let submission = Submission {
                kind,
                arguments: arguments(call.ess_parameters.as_deref()),
                submitter: caller.0,
                extracts_files: true,
                planned: Vec::new(),
                queued: Duration::from_millis(effects.queue_ms),
            };
            let now = pod.now();
            pod.jobs.submit(submission, now).to_string()
        }
        _ => REJECTED.to_string(),
    };
    Integration {
        reqst_id: Some(request),
        ..call
    }
}

/// Upload, load and import in one: the import runs under the load's request.
fn import_bulk_data(
    app: &App,
    call: Integration,
    caller: Caller,
    effects: &CallEffects,
) -> Result<Integration, Refusal> {
    let document = document(&call)?;
    let job = call.job_name.as_deref().unwrap_or_default();
    let (package, definition) = job.split_once(',').unwrap_or((job, ""));
    let kind = JobKind::submittable(package, definition);
    let options = call.job_options.as_deref().unwrap_or_default();
    let mut pod = app.pod();
    let request = match kind {
        Some(kind) if !effects.reqst_id_minus_one => {
            let file = document.name.clone();
            let document = pod.store(document).to_string();
            let submission = Submission {
                kind: JobKind::LoadController,
                arguments: [JOURNAL_INTERFACE, &document, "N", "N", &file]
                    .map(String::from)
                    .to_vec(),
                submitter: caller.0,
                extracts_files: options.contains("ExtractFileType"),
                planned: vec![(kind, arguments(call.parameter_list.as_deref()))],
                queued: Duration::from_millis(effects.queue_ms),
            };
            let now = pod.now();
            pod.jobs.submit(submission, now).to_string()
        }
        _ => REJECTED.to_string(),
    };
    Ok(Integration {
        reqst_id: Some(request),
        document_content: None,
        ..call
    })
}

fn download(pod: &Pod, call: Integration) -> Result<Integration, Refusal> {
    let request = call.reqst_id.as_deref().unwrap_or_default();
    let files = call.file_type.as_deref().unwrap_or("ALL");
    Ok(Integration {
        document_content: Some(finders::logs(pod, request, files)?),
        ..call
    })
}

fn arguments(list: Option<&str>) -> Vec<String> {
    let list = list.unwrap_or_default();
    list.split(',')
        .map(|value| value.trim().to_string())
        .collect()
}
