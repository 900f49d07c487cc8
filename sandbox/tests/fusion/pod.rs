//! A pod on a port of its own, and a plain client for it.

#![expect(clippy::disallowed_methods, reason = "a test knows who answers it")]

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use reqwest::{Client, RequestBuilder, Response};
use sandbox::fusion::{FusionConfig, FusionHandle, serve};
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

pub(crate) const RESOURCES: &str = "/fscmRestApi/resources/11.13.18.05";
/// No call of a test waits longer.
const PATIENCE: Duration = Duration::from_secs(30);
pub(crate) const ACCOUNT: &str = "fin/generalLedger/import";
pub(crate) const US_LEDGER: &str = "300000046975971";
pub(crate) const US_ACCESS_SET: &str = "300000046975980";
const LOADER: &str = "oracle/apps/ess/financials/commonModules/shared/common/interfaceLoader";
const GL: &str = "/oracle/apps/ess/financials/generalLedger/programs/common";

pub(crate) struct Pod {
    pub handle: FusionHandle,
    pub client: Client,
    pub token: String,
}

/// The default pod, with no time between a submission and its end.
pub(crate) fn config() -> FusionConfig {
    FusionConfig {
        job_duration: Duration::ZERO,
        today: Some(today()),
        ..FusionConfig::default()
    }
}

pub(crate) fn today() -> Date {
    Date::constant(2026, 11, 23)
}

impl Pod {
    pub(crate) async fn start(config: FusionConfig) -> Self {
        // Another test of this process may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let handle = serve(config, listener).await.unwrap();
        let mut pod = Self {
            handle,
            client: Client::builder().timeout(PATIENCE).build().unwrap(),
            token: String::new(),
        };
        pod.log_in().await;
        pod
    }

    pub(crate) async fn log_in(&mut self) {
        let answer = self
            .ask_token("counterfoil", "sbx-fusion-secret", "client_credentials")
            .await;
        let body: Value = answer.json().await.unwrap();
        self.token = body["access_token"].as_str().unwrap().to_string();
    }

    pub(crate) async fn ask_token(&self, id: &str, secret: &str, grant: &str) -> Response {
        self.client
            .post(self.url("/oauth2/v1/token"))
            .basic_auth(id, Some(secret))
            .form(&[
                ("grant_type", grant),
                ("scope", "urn:opc:resource:fusion:sbx:erp/"),
            ])
            .send()
            .await
            .unwrap()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.handle.base_url())
    }

    pub(crate) fn resource(&self, path: &str) -> RequestBuilder {
        self.client
            .get(self.url(&format!("{RESOURCES}/{path}")))
            .bearer_auth(&self.token)
    }

    /// A resource's text, which keeps the exact digits.
    pub(crate) async fn text(&self, path: &str, query: &[(&str, &str)]) -> String {
        let answer = self.resource(path).query(query).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path} {query:?}");
        answer.text().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Value {
        serde_json::from_str(&self.text(path, query).await).unwrap()
    }

    pub(crate) async fn scheduler(&self, path: &str, query: &[(&str, &str)]) -> Value {
        let path = self.url(&format!("/ess/rest/scheduler/v1/requests{path}"));
        let call = self.client.get(path).bearer_auth(&self.token).query(query);
        call.send().await.unwrap().json().await.unwrap()
    }

    pub(crate) fn operation(&self, body: &Value) -> RequestBuilder {
        self.client
            .post(self.url(&format!("{RESOURCES}/erpintegrations")))
            .bearer_auth(&self.token)
            .json(body)
    }

    pub(crate) async fn operate(&self, body: &Value) -> Value {
        let answer = self.operation(body).send().await.unwrap();
        assert_eq!(answer.status(), 201, "{body}");
        answer.json().await.unwrap()
    }

    pub(crate) async fn upload_to(&self, account: &str, zip: &[u8]) -> String {
        let answer = self.operate(&upload(account, zip)).await;
        answer["DocumentId"].as_str().unwrap().to_string()
    }

    /// Uploads rows and submits the loader; returns its request.
    pub(crate) async fn load(&self, rows: &[Row]) -> String {
        let document = self.upload_to(ACCOUNT, &zipped(&csv(rows))).await;
        self.load_document(&document).await
    }

    pub(crate) async fn load_document(&self, document: &str) -> String {
        self.submit(&loader(document)).await
    }

    pub(crate) async fn submit(&self, body: &Value) -> String {
        self.operate(body).await["ReqstId"]
            .as_str()
            .unwrap()
            .to_string()
    }

    pub(crate) async fn import(&self, group: &str) -> String {
        self.submit(&import(US_ACCESS_SET, US_LEDGER, group)).await
    }

    /// Loads and imports into the US ledger; returns the import's request.
    pub(crate) async fn post(&self, group: &str, rows: &[Row]) -> String {
        assert_eq!(self.state(&self.load(rows).await).await, "SUCCEEDED");
        self.import(group).await
    }

    /// State by the scheduler, which knows children too.
    pub(crate) async fn state(&self, request: &str) -> String {
        let request = self.scheduler(&format!("/{request}"), &[]).await;
        request["state"].as_str().unwrap().to_string()
    }

    pub(crate) async fn erp_status(&self, request: &str) -> String {
        let finder = format!("ESSJobStatusRF;requestId={request}");
        let page = self.get("erpintegrations", &[("finder", &finder)]).await;
        page["items"][0]["RequestStatus"]
            .as_str()
            .unwrap()
            .to_string()
    }

    /// The import child of a launcher: identifier and state.
    pub(crate) async fn child(&self, launcher: &str) -> (String, String) {
        let tree = self.tree(launcher).await;
        let child = &tree["JOBS"]["CHILD"][0];
        let text = |name: &str| child[name].as_str().unwrap_or_default().to_string();
        (text("REQUESTID"), text("STATUS"))
    }

    pub(crate) async fn tree(&self, request: &str) -> Value {
        let finder = format!("ESSExecutionDetailsRF;requestId={request}");
        let page = self.get("erpintegrations", &[("finder", &finder)]).await;
        serde_json::from_str(page["items"][0]["RequestStatus"].as_str().unwrap()).unwrap()
    }

    /// Log texts by entry name.
    pub(crate) async fn logs(&self, request: &str) -> BTreeMap<String, String> {
        let finder = format!("ESSJobExecutionDetailsRF;requestId={request},fileType=ALL");
        let page = self.get("erpintegrations", &[("finder", &finder)]).await;
        unzipped(page["items"][0]["DocumentContent"].as_str().unwrap())
    }

    pub(crate) async fn log(&self, request: &str) -> String {
        self.logs(request).await.into_values().collect()
    }

    pub(crate) async fn admin(&self, path: &str, body: Value) {
        let call = self.client.post(self.url(&format!("/admin/fusion/{path}")));
        let answer = call.json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path} {body}");
    }

    pub(crate) async fn seen(&self, path: &str) -> Value {
        let call = self.client.get(self.url(&format!("/admin/fusion/{path}")));
        call.send().await.unwrap().json().await.unwrap()
    }

    /// Batches of the US ledger as they really are.
    pub(crate) async fn batches(&self) -> Vec<Value> {
        self.seen("ledger").await["ledgers"][0]["batches"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// Statuses of a group's rows in the interface.
    pub(crate) async fn stuck(&self) -> Vec<String> {
        let seen = self.seen("interface").await;
        let groups = seen["groups"].as_array().unwrap().iter();
        let rows = groups.flat_map(|group| group["rows"].as_array().unwrap());
        rows.map(|row| row["status"].as_str().unwrap().to_string())
            .collect()
    }
}

pub(crate) fn upload(account: &str, zip: &[u8]) -> Value {
    json!({
        "OperationName": "uploadFileToUCM",
        "DocumentContent": STANDARD.encode(zip),
        "DocumentAccount": account,
        "ContentType": "zip",
        "FileName": "GlInterface.zip",
    })
}

pub(crate) fn loader(document: &str) -> Value {
    json!({
        "OperationName": "submitESSJobRequest",
        "JobPackageName": LOADER,
        "JobDefName": "InterfaceLoaderController",
        "ESSParameters": format!("15,{document},N,N,GlInterface.zip"),
    })
}

pub(crate) fn import(access_set: &str, ledger: &str, group: &str) -> Value {
    job(
        "JournalImportLauncher",
        &format!("{access_set},Counterfoil,{ledger},{group},N,N,N"),
    )
}

pub(crate) fn job(definition: &str, parameters: &str) -> Value {
    json!({
        "OperationName": "submitESSJobRequest",
        "JobPackageName": GL,
        "JobDefName": definition,
        "ESSParameters": parameters,
    })
}

/// A row of the file: its 149 fields.
#[derive(Clone)]
pub(crate) struct Row(pub Vec<String>);

impl Row {
    pub(crate) fn new(group: &str, journal: &str, account: &str) -> Self {
        let mut row = Self(vec![String::new(); 149]);
        for (segment, value) in account.split('.').enumerate() {
            row.0[8 + segment] = value.to_string();
        }
        row.with(1, "NEW")
            .with(2, US_LEDGER)
            .with(3, "2026/11/20")
            .with(4, "Counterfoil")
            .with(5, "Web Orders")
            .with(6, "USD")
            .with(7, "2026/11/23")
            .with(8, "A")
            .with(43, "CF-us-0001")
            .with(46, journal)
            .with(48, journal)
            .with(67, group)
            .with(95, "Nov-26")
    }

    /// Sets a field by its position, counted from 1.
    pub(crate) fn with(mut self, position: usize, value: &str) -> Self {
        self.0[position - 1] = value.to_string();
        self
    }

    pub(crate) fn debit(self, amount: &str) -> Self {
        self.with(39, amount)
    }

    pub(crate) fn credit(self, amount: &str) -> Self {
        self.with(40, amount)
    }
}

pub(crate) const CARD: &str = "101.10.11010.000.000.000";
pub(crate) const REVENUE: &str = "101.10.41000.100.110.000";

/// A balanced journal of two lines.
pub(crate) fn journal(group: &str, name: &str, amount: &str) -> Vec<Row> {
    vec![
        Row::new(group, name, CARD).debit(amount),
        Row::new(group, name, REVENUE).credit(amount),
    ]
}

pub(crate) fn csv(rows: &[Row]) -> String {
    let quoted = |row: &Row| {
        let fields: Vec<String> = row
            .0
            .iter()
            .map(|field| format!("\"{}\"", field.replace('"', "\"\"")))
            .collect();
        fields.join(",")
    };
    rows.iter().map(|row| quoted(row) + "\n").collect()
}

pub(crate) fn zipped(text: &str) -> Vec<u8> {
    zipped_as("GlInterface.csv", text.as_bytes())
}

pub(crate) fn zipped_as(entry: &str, bytes: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(entry, SimpleFileOptions::default()).unwrap();
    zip.write_all(bytes).unwrap();
    zip.finish().unwrap().into_inner()
}

pub(crate) fn unzipped(base64: &str) -> BTreeMap<String, String> {
    let bytes = STANDARD.decode(base64).unwrap();
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut entry = archive.by_index(index).unwrap();
            let name = entry.name().unwrap().to_string();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            (name, text)
        })
        .collect()
}
