//! What `counterfoil doctor` finds: nothing in a healthy setup, and of each thing
//! that is set up wrong exactly that, with its remedy.

#![expect(clippy::disallowed_methods, reason = "a test knows who answers it")]

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
};

use anyhow::{Context, Result, ensure};
use sandbox::fusion::AUTOPOST_CRITERIA_SET;
use serde::Deserialize;
use serde_json::{Value, json};
use tests::{
    nats::{NatsOptions, NatsServer},
    world::{Plan, World},
};

const SCOPES: [&str; 5] = [
    "store/order/created",
    "store/order/updated",
    "store/order/statusUpdated",
    "store/order/archived",
    "store/order/refund/created",
];

#[derive(Debug, Deserialize)]
struct Report {
    to_fix: usize,
    findings: Vec<Finding>,
}

#[derive(Debug, Deserialize)]
struct Finding {
    about: String,
    check: String,
    ok: bool,
    what: String,
    remedy: Option<String>,
}

/// A world in which nothing is wrong, its webhooks registered.
async fn healthy() -> Result<World> {
    let world = World::without_services(Plan::default()).await?;
    for key in ["us", "eu"] {
        for scope in SCOPES {
            let hook = json!({
                "scope": scope,
                "destination": world.webhook_url(key),
                "headers": {"X-Counterfoil-Key": format!("sbx-hook-key-{key}")},
            });
            let answer = hooks(&world, reqwest::Method::POST, key, "", Some(hook)).await?;
            ensure!(answer["data"]["is_active"] == true, "{answer}");
        }
    }
    Ok(world)
}

async fn hooks(
    world: &World,
    method: reqwest::Method,
    store: &str,
    id: &str,
    body: Option<Value>,
) -> Result<Value> {
    let base = world.bigcommerce.url();
    let url = format!("{base}/stores/sbx{store}0001/v3/hooks{id}");
    let mut request = world.http.request(method, url);
    request = request.header("X-Auth-Token", format!("sbx-token-{store}"));
    request = request.header("Accept", "application/json");
    if let Some(body) = body {
        request = request.json(&body);
    }
    Ok(request.send().await?.error_for_status()?.json().await?)
}

async fn first_hook(world: &World) -> Result<String> {
    let listed = hooks(world, reqwest::Method::GET, "us", "", None).await?;
    Ok(format!("/{}", listed["data"][0]["id"]))
}

/// Changes a text of the configuration, which must be there.
fn edit(world: &World, from: &str, to: &str) -> Result<()> {
    edit_file(&world.config(), from, to)
}

fn edit_file(path: &std::path::Path, from: &str, to: &str) -> Result<()> {
    let text = fs::read_to_string(path)?;
    ensure!(
        text.contains(from),
        "no `{from}` in {}:\n{text}",
        path.display()
    );
    Ok(fs::write(path, text.replacen(from, to, 1))?)
}

async fn doctor(world: &World) -> Result<Report> {
    let output = world.counterfoil(&["doctor", "--format", "json"]).await?;
    let text = String::from_utf8(output.stdout)?;
    let report: Report = serde_json::from_str(&text).with_context(|| {
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        format!("no report: {text}{errors}")
    })?;
    let code = if report.to_fix == 0 { 0 } else { 3 };
    ensure!(output.status.code() == Some(code), "{}", output.status);
    Ok(report)
}

/// The findings are exactly this one, about these, and name the remedy.
async fn assert_found(world: World, check: &str, about: &[&str], remedy: &str) -> Result<()> {
    let report = doctor(&world).await?;
    let bad: Vec<&Finding> = report.findings.iter().filter(|it| !it.ok).collect();
    ensure!(
        report.to_fix == bad.len(),
        "{} to fix: {bad:#?}",
        report.to_fix
    );
    let found: Vec<(&str, &str)> = bad
        .iter()
        .map(|it| (it.check.as_str(), it.about.as_str()))
        .collect();
    let expected: Vec<(&str, &str)> = about.iter().map(|about| (check, *about)).collect();
    ensure!(found == expected, "expected {expected:?}, found {bad:#?}");
    for finding in bad {
        let said = finding.remedy.as_deref().unwrap_or_default();
        ensure!(said.contains(remedy), "`{remedy}` is not in {said}");
        ensure!(!finding.what.is_empty());
    }
    world.finish();
    Ok(())
}

/// A change of the configuration, and what is found for it.
async fn misconfigured(
    from: &str,
    to: &str,
    check: &str,
    about: &[&str],
    remedy: &str,
) -> Result<()> {
    let world = healthy().await?;
    edit(&world, from, to)?;
    assert_found(world, check, about, remedy)
        .await
        .with_context(|| format!("`{to}` for `{from}`"))
}

/// A change of the pod, and what is found for it.
async fn set_up_wrong(
    path: &str,
    change: Value,
    check: &str,
    about: &[&str],
    remedy: &str,
) -> Result<()> {
    let world = healthy().await?;
    world.tell_fusion(path, change.clone()).await?;
    assert_found(world, check, about, remedy)
        .await
        .with_context(|| format!("{path} {change}"))
}

const BOTH: [&str; 2] = ["ledger eu", "ledger us"];

#[tokio::test]
async fn a_healthy_setup_has_nothing_to_fix() -> Result<()> {
    let world = healthy().await?;
    let report = doctor(&world).await?;
    ensure!(report.to_fix == 0, "{report:#?}");
    let table = world.counterfoil(&["doctor"]).await?;
    let text = String::from_utf8(table.stdout)?;
    ensure!(
        table.status.success() && text.contains("all is well"),
        "{text}"
    );
    ensure!(!text.contains("sbx-fusion-secret"), "a secret is shown");
    world.finish();
    Ok(())
}

#[tokio::test]
async fn who_we_are_to_fusion() -> Result<()> {
    let fusion = ["Fusion"];
    misconfigured(
        "fusion:sbx:erp/",
        "fusion:other:erp/",
        "fusion.scope",
        &fusion,
        "fusion.scope",
    )
    .await?;
    misconfigured(
        "sbx-fusion-secret",
        "wrong",
        "fusion.secret",
        &fusion,
        "client_secret",
    )
    .await?;
    let no_user = json!({"fusion_user": false});
    set_up_wrong(
        "settings",
        no_user,
        "fusion.rights",
        &fusion,
        "Security Console",
    )
    .await?;
    let account = "[fusion]\ndocument_account = \"fin/payables/import\"";
    misconfigured(
        "[fusion]",
        account,
        "fusion.document_account",
        &fusion,
        "fin/generalLedger/import",
    )
    .await
}

#[tokio::test]
async fn which_ledger_it_is() -> Result<()> {
    let us = ["ledger us"];
    let id = "id = 300000046975971";
    misconfigured(
        id,
        "id = 300000046970000",
        "ledger.id",
        &us,
        "ids differ between pods",
    )
    .await?;
    misconfigured(
        "US Primary Ledger",
        "EU Primary Ledger",
        "ledger.name",
        &us,
        "correct name or id",
    )
    .await?;
    misconfigured(
        "currency = \"USD\"",
        "currency = \"CAD\"",
        "ledger.currency",
        &us,
        "correct currency",
    )
    .await?;
    let set = "data_access_set = 300000046975980";
    let check = "ledger.data_access_set";
    misconfigured(set, "data_access_set = 17", check, &us, "data_access_set").await?;
    misconfigured(
        set,
        "data_access_set = \"EU Primary Ledger\"",
        check,
        &us,
        "holds the ledger",
    )
    .await?;
    let read_only = json!({"ledger": "US Primary Ledger", "privilege": "R"});
    set_up_wrong(
        "access",
        read_only,
        "ledger.data_access_set.read_only",
        &us,
        "read and write",
    )
    .await
}

#[tokio::test]
async fn what_fusion_has_set_up() -> Result<()> {
    let gone = |list: &str, name: &str| json!({"list": list, "name": name, "exists": false});
    let source = gone("sources", "Counterfoil");
    set_up_wrong(
        "names",
        source,
        "ledger.source",
        &BOTH,
        "create the journal source",
    )
    .await?;
    let category = gone("categories", "Web Refunds");
    set_up_wrong(
        "names",
        category,
        "ledger.category",
        &BOTH,
        "create the journal category",
    )
    .await?;
    let kind = gone("conversion_types", "Corporate");
    set_up_wrong(
        "names",
        kind,
        "ledger.conversion_type",
        &BOTH,
        "conversion type",
    )
    .await?;
    let period = jiff::Zoned::now().strftime("%b-%y").to_string();
    let closed = json!({"ledger": "US Primary Ledger", "period": period, "status": "C"});
    set_up_wrong("periods", closed, "ledger.period", &["ledger us"], "open").await?;
    let shipping = "101.10.42000.000.000.000";
    let disabled = json!({"action": "disable", "combination": shipping});
    set_up_wrong(
        "accounts",
        disabled,
        "ledger.account",
        &["ledger us"],
        "enable the account",
    )
    .await?;
    let missing = json!({"action": "remove", "combination": shipping});
    set_up_wrong(
        "accounts",
        missing,
        "ledger.account",
        &["ledger us"],
        "create the account",
    )
    .await
}

#[tokio::test]
async fn an_autopost_criteria_set_that_is_not_there() -> Result<()> {
    let set = AUTOPOST_CRITERIA_SET + 1;
    let world = healthy().await?;
    let option = format!("[poster]\nautopost = {{ criteria_set = {set} }}");
    edit(&world, "[poster]", &option)?;
    // What the poster has submitted with it shows what became of it.
    let pod = world.fusion.base_url();
    let form = "grant_type=client_credentials&scope=urn%3Aopc%3Aresource%3Afusion%3Asbx%3Aerp%2F";
    let token = world.http.post(format!("{pod}/oauth2/v1/token"));
    let token = token.basic_auth("counterfoil", Some("sbx-fusion-secret"));
    let token = token.header("Content-Type", "application/x-www-form-urlencoded");
    let token: Value = token
        .body(form)
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    let submitted = world.http.post(format!(
        "{pod}/fscmRestApi/resources/11.13.18.05/erpintegrations"
    ));
    let submitted = submitted.bearer_auth(token["access_token"].as_str().context("a token")?);
    let job = json!({
        "OperationName": "submitESSJobRequest",
        "JobPackageName": "/oracle/apps/ess/financials/generalLedger/programs/common",
        "JobDefName": "AutomaticPosting",
        "ESSParameters": set.to_string(),
    });
    let answer: Value = submitted
        .json(&job)
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    ensure!(answer["ReqstId"] != "-1", "{answer}");
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_found(world, "ledger.autopost", &BOTH, "poster.autopost").await
}

#[tokio::test]
async fn what_the_stores_say() -> Result<()> {
    let us = ["store us"];
    misconfigured(
        "token = \"sbx-token-us\"",
        "token = \"wrong\"",
        "store.token",
        &us,
        "stores.us.token",
    )
    .await?;
    misconfigured(
        "sbxus0001",
        "sbxus0009",
        "store.hash",
        &us,
        "stores.us.hash",
    )
    .await?;

    let world = healthy().await?;
    world
        .tell_store("bigcommerce/faults", json!({"clock_ahead_seconds": 600}))
        .await?;
    assert_found(
        world,
        "store.clock",
        &["store eu", "store us"],
        "synchronise",
    )
    .await?;

    let world = healthy().await?;
    let id = first_hook(&world).await?;
    hooks(&world, reqwest::Method::DELETE, "us", &id, None).await?;
    assert_found(world, "store.hooks.missing", &us, "start ingest").await?;

    let world = healthy().await?;
    let id = first_hook(&world).await?;
    let off = json!({"is_active": false});
    hooks(&world, reqwest::Method::PUT, "us", &id, Some(off)).await?;
    assert_found(world, "store.hooks.inactive", &us, "public_url").await
}

#[tokio::test]
async fn rules_that_lead_nowhere() -> Result<()> {
    let world = healthy().await?;
    let rules = world.folder().join("rules.toml");
    edit_file(&rules, "ledger = \"eu\"", "ledger = \"uk\"")?;
    let about = format!("configuration {}", world.config().display());
    assert_found(world, "rules.ledger", &[&about], "[ledgers.uk]").await
}

fn folder_of(world: &World, service: &str) -> std::path::PathBuf {
    world.folder().join("data").join(service)
}

#[tokio::test]
async fn what_this_machine_lacks() -> Result<()> {
    let world = healthy().await?;
    let (file, folder) = (world.folder().join("a-file"), world.folder().join("data"));
    fs::write(&file, "")?;
    let below = file.join("data").display().to_string();
    edit(&world, &folder.display().to_string(), &below)?;
    assert_found(world, "data_dir", &["this machine"], "set data_dir").await?;

    let world = healthy().await?;
    fs::create_dir_all(folder_of(&world, "ingest"))?;
    fs::write(
        folder_of(&world, "ingest").join("refunds.db"),
        "no database",
    )?;
    let about = format!("data folder {}", world.folder().join("data").display());
    assert_found(world, "files.ingest", &[&about], "ingest.start_at").await?;

    let world = healthy().await?;
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?;
    let text = fs::read_to_string(world.config())?;
    let own = text.lines().find(|line| line.starts_with("poster = "));
    let own = own.context("the poster's address")?;
    edit(&world, own, &format!("poster = \"{address}\""))?;
    assert_found(world, "address", &["this machine"], "admin.poster").await
}

#[tokio::test]
async fn a_broker_on_which_events_are_not_safe() -> Result<()> {
    let stream = ["stream"];
    let world = healthy().await?;
    let lazy = NatsServer::start_with(NatsOptions { sync_always: false })?;
    edit(&world, &world.nats.url, &lazy.url)?;
    edit(&world, &world.nats.monitor_url, &lazy.monitor_url)?;
    assert_found(world, "broker.setup", &stream, "nats-server.conf").await?;

    let world = healthy().await?;
    edit(
        &world,
        &world.nats.url,
        &format!("nats://{}", old_server()?),
    )?;
    assert_found(world, "broker.setup", &stream, "nats-server.conf").await?;

    let world = healthy().await?;
    let nobody = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    edit(&world, &world.nats.url, &format!("nats://{nobody}"))?;
    assert_found(world, "broker.reach", &stream, "stream.urls").await
}

/// Speaks as much of the protocol as a client needs to take it for a server of 2.10.
fn old_server() -> Result<std::net::SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let info = json!({
                    "server_id": "OLD", "server_name": "old", "version": "2.10.29", "proto": 1,
                    "go": "go1.24", "host": "127.0.0.1", "port": address.port(),
                    "headers": true, "max_payload": 1_048_576, "jetstream": true,
                    "client_id": 1, "client_ip": "127.0.0.1",
                });
                let mut writer = connection.try_clone()?;
                write!(writer, "INFO {info}\r\n")?;
                for line in BufReader::new(connection).lines() {
                    if line?.starts_with("PING") {
                        writer.write_all(b"PONG\r\n")?;
                    }
                }
                std::io::Result::Ok(())
            });
        }
    });
    Ok(address)
}
