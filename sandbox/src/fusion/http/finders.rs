//! `GET erpintegrations`: status, tree and logs of requests, by finder.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::IntoResponse;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;

use super::App;
use super::error::{Answer, Refusal};
use super::integration::Integration;
use super::query::Finder;
use crate::fusion::jobs::{JobKind, Request};
use crate::fusion::pod::Pod;

/// `?finder=<name>;requestId=<id>[,fileType=ALL|LOG|OUT]`.
pub(super) async fn find(
    State(app): State<Arc<App>>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Answer {
    let finder = Finder::parse(query.get("finder").map_or("", String::as_str))?;
    let request = finder.variable("requestId")?;
    let pod = app.pod();
    let mut item = Integration {
        reqst_id: Some(request.to_string()),
        ..Integration::default()
    };
    match finder.name {
        "ESSJobStatusRF" => item.request_status = Some(status(&pod, request)),
        "ESSExecutionDetailsRF" => item.request_status = Some(tree(&pod, request)),
        "ESSJobExecutionDetailsRF" => {
            let files = finder.variable("fileType")?;
            item.document_content = Some(logs(&pod, request, files)?);
        }
        unknown => return Err(Refusal::bad(format!("Finder {unknown} is not valid"))),
    }
    let page = json!({
        "items": [item], "count": 1, "hasMore": false, "limit": 25, "offset": 0, "links": [],
    });
    Ok(Json(page).into_response())
}

/// Empty for whatever was not submitted through this resource: children, and
/// requests that do not exist.
fn status(pod: &Pod, request: &str) -> String {
    found(pod, request)
        .filter(|request| request.parent.is_none())
        .map_or_else(String::new, |request| request.state.word().to_string())
}

/// The tree as a JSON string; `JOBS` is an object, or an array where the
/// request runs several jobs of its own.
fn tree(pod: &Pod, request: &str) -> String {
    let Some(top) = found(pod, request) else {
        return json!({ "JOBS": [] }).to_string();
    };
    let bulk = top.children.iter().filter_map(|child| pod.jobs.get(*child));
    let (imports, loads): (Vec<&Request>, Vec<&Request>) =
        bulk.partition(|child| child.kind == JobKind::ImportLauncher);
    let jobs = match imports.is_empty() {
        true => node(pod, top, &loads),
        false => {
            let load = node(pod, top, &loads);
            let imports = imports.iter().map(|import| subtree(pod, import));
            Value::Array(std::iter::once(load).chain(imports).collect())
        }
    };
    json!({ "JOBS": jobs }).to_string()
}

fn subtree(pod: &Pod, request: &Request) -> Value {
    let children = request.children.iter().filter_map(|id| pod.jobs.get(*id));
    node(pod, request, &children.collect::<Vec<_>>())
}

fn node(pod: &Pod, request: &Request, children: &[&Request]) -> Value {
    let mut node = json!({
        "JOBNAME": request.kind.display(),
        "JOBPATH": request.kind.package(),
        "REQUESTID": request.id.to_string(),
        "STATUS": request.state.word(),
    });
    if !children.is_empty() {
        node["CHILD"] = children.iter().map(|child| subtree(pod, child)).collect();
    }
    node
}

/// A zip in base64, one entry for each job of the tree.
pub(super) fn logs(pod: &Pod, request: &str, files: &str) -> Result<String, Refusal> {
    if !matches!(files, "ALL" | "LOG" | "OUT") {
        return Err(Refusal::bad(format!(
            "fileType {files} must be ALL, LOG or OUT"
        )));
    }
    let top = found(pod, request)
        .ok_or_else(|| Refusal::bad(format!("Request {request} does not exist")))?;
    let is_import = |request: &Request| request.kind == JobKind::ImportChild;
    let wanted = pod.jobs.tree(top.id).into_iter().filter(|request| {
        let extracted = request.extracts_files || !is_import(request);
        extracted && (files != "OUT" || is_import(request))
    });
    let extension = if files == "OUT" { "txt" } else { "log" };
    let entries = wanted.map(|request| (format!("{}.{extension}", request.id), &request.log));
    let zip = zipped(entries)
        .map_err(|problem| Refusal::bad(format!("The logs cannot be packed: {problem}")))?;
    Ok(STANDARD.encode(zip))
}

fn zipped<'a>(entries: impl Iterator<Item = (String, &'a String)>) -> Result<Vec<u8>, ZipError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in entries {
        zip.start_file(name, SimpleFileOptions::default())?;
        zip.write_all(text.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}

fn found<'p>(pod: &'p Pod, request: &str) -> Option<&'p Request> {
    request.parse().ok().and_then(|id| pod.jobs.get(id))
}
