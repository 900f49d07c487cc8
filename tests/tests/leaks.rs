//! No secret gets out. Everything runs with its logs wide open, and with faults
//! that make errors on both sides; then every log, event, view, metric, health
//! page and error output is searched for every secret, in every spelling.

#![expect(clippy::disallowed_methods, reason = "a test knows who answers it")]

use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use sandbox::fusion::{CLIENT_CERTIFICATE, CLIENT_KEY};
use serde_json::{Value, json};
use tests::{
    books::Changes,
    leaks::Secrets,
    nats,
    programs::program,
    service::Service,
    settings::Tuning,
    world::{Plan, World},
};
use tokio::time::sleep;

const PATIENCE: Duration = Duration::from_secs(120);
/// What holds the secrets lawfully.
const KEPT: [&str; 5] = [
    "counterfoil.toml",
    "wrong.toml",
    "seal.key",
    "fusion.pem",
    "eu.token",
];
const WRONG_TOKEN: &str = "no-token-of-this-store-7f3a91";
const WRONG_SECRET: &str = "no-secret-of-this-client-91c2e4";
const OF_THE_CLIENT: &str = "client_secret = \"sbx-fusion-secret\"\n";

fn plan(embedded: bool) -> Plan {
    Plan {
        embedded,
        tuning: Tuning {
            log: "trace".to_owned(),
            ..Tuning::default()
        },
        ..Plan::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn four_processes_that_sign_in_by_assertion_with_sealed_secrets() -> Result<()> {
    let mut world = World::without_services(plan(false)).await?;
    let mut secrets = all_secrets();
    seal_secrets(&world, &mut secrets)?;
    fs::write(world.folder().join("fusion.pem"), CLIENT_KEY)?;
    let assertion = format!(
        "{OF_THE_CLIENT}sign_in = \"jwt_assertion\"\nuser = \"svc.counterfoil\"\nprivate_key = \"file:fusion.pem\"\ncertificate = '''{CLIENT_CERTIFICATE}'''\n"
    );
    configure(
        &world,
        OF_THE_CLIENT,
        &assertion.replace("file:", &format!("file:{}/", world.folder().display())),
    )?;
    seal_client_secret(&world)?;

    for service in Service::ALL {
        world.restart(service)?;
    }
    for service in Service::ALL {
        world.ready(service).await?;
    }
    trouble(&world).await?;
    refused_on_both_sides(&mut world).await?;
    world.assert_books(Changes::None, PATIENCE).await?;
    let pages = world.pages().await;
    assert!(pages.len() >= 12, "{} pages", pages.len());
    world.stop(Service::Projector)?;
    search(&world, secrets, &pages).await?;
    assert!(
        world.output(Service::Poster).contains("TRACE"),
        "logs are not wide open"
    );
    world.finish();
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_that_signs_in_as_a_client() -> Result<()> {
    one_process("").await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_that_signs_in_with_a_password() -> Result<()> {
    one_process(
        "sign_in = \"basic\"\nuser = \"svc.counterfoil\"\npassword = \"sbx-fusion-password\"\n",
    )
    .await
}

/// `sign_in` stands in place of the client's keys, unless it is empty.
async fn one_process(sign_in: &str) -> Result<()> {
    let mut world = World::without_services(plan(true)).await?;
    if !sign_in.is_empty() {
        let text = fs::read_to_string(world.config())?;
        let of_client = ["token_url", "client_id", "scope", "client_secret = "];
        let kept = text
            .lines()
            .filter(|line| !of_client.iter().any(|key| line.starts_with(key)));
        let text: String = kept.map(|line| format!("{line}\n")).collect();
        fs::write(
            world.config(),
            text.replace("[fusion]\n", &format!("[fusion]\n{sign_in}")),
        )?;
    }
    let mut process = world.start_all_in_one().await?;
    trouble(&world).await?;
    world.assert_books(Changes::None, PATIENCE).await?;
    let pages = world.pages().await;
    ensure!(pages.len() == 3, "{} pages", pages.len());
    ensure!(process.stop()?.success(), "{}", process.output());
    search(&world, all_secrets(), &pages).await?;
    assert!(process.output().contains("TRACE"), "logs are not wide open");
    world.finish();
    Ok(())
}

/// Every secret that is known before anything runs.
fn all_secrets() -> Secrets {
    let mut secrets = Secrets::default();
    for store in ["us", "eu"] {
        secrets.add("an API token", &format!("sbx-token-{store}"));
        secrets.add("a client secret", &format!("sbx-client-secret-{store}"));
        secrets.add("a header's value", &format!("sbx-hook-key-{store}"));
    }
    secrets.add("Fusion's client secret", "sbx-fusion-secret");
    secrets.add("Fusion's password", "sbx-fusion-password");
    secrets.add("the assertions' key", CLIENT_KEY);
    secrets.add("the broker's password", nats::PASSWORD);
    secrets.add("a wrong token", WRONG_TOKEN);
    secrets.add("a wrong secret", WRONG_SECRET);
    secrets
}

/// Makes a key and seals some of the secrets with it; another goes into a file.
fn seal_secrets(world: &World, secrets: &mut Secrets) -> Result<()> {
    let key = world.folder().join("seal.key");
    run(
        world,
        &["secrets", "keygen", &key.display().to_string()],
        "",
    )?;
    secrets.add("the seal key", &fs::read_to_string(&key)?);
    let section = format!("[seal]\nkeys = [\"file:{}\"]\n\n[stream]", key.display());
    configure(world, "[stream]", &section)?;
    for (place, secret) in [
        ("stores.us.token", "sbx-token-us"),
        ("stores.us.client_secrets", "sbx-client-secret-us"),
        ("stores.us.header_value", "sbx-hook-key-us"),
        ("stream.password", nats::PASSWORD),
    ] {
        let sealed = run(world, &["secrets", "seal", place], secret)?;
        configure(
            world,
            &format!("\"{secret}\""),
            &format!("\"{}\"", sealed.trim()),
        )?;
    }
    let file = world.folder().join("eu.token");
    fs::write(&file, "sbx-token-eu\n")?;
    configure(
        world,
        "\"sbx-token-eu\"",
        &format!("\"file:{}\"", file.display()),
    )
}

fn seal_client_secret(world: &World) -> Result<()> {
    let sealed = run(
        world,
        &["secrets", "seal", "fusion.client_secret"],
        "sbx-fusion-secret",
    )?;
    configure(
        world,
        "\"sbx-fusion-secret\"",
        &format!("\"{}\"", sealed.trim()),
    )
}

fn configure(world: &World, from: &str, to: &str) -> Result<()> {
    let text = fs::read_to_string(world.config())?;
    ensure!(text.contains(from), "the configuration has no {from}");
    Ok(fs::write(world.config(), text.replace(from, to))?)
}

/// Runs the command with a text on standard input, and returns what it prints.
fn run(world: &World, arguments: &[&str], input: &str) -> Result<String> {
    let mut child = Command::new(program("counterfoil")?)
        .args(arguments)
        .current_dir(world.folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    child
        .stdin
        .take()
        .context("no input")?
        .write_all(input.as_bytes())?;
    let output = child.wait_with_output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{arguments:?}: {told}");
    Ok(String::from_utf8(output.stdout)?)
}

/// Sells a little while both sides fail in all their ways.
async fn trouble(world: &World) -> Result<()> {
    let mut faults = Vec::new();
    for operation in ["upload", "load", "import", "journalBatches", "scheduler"] {
        faults.push(json!({"operation": operation, "expire_token": true, "times": 1}));
        faults.push(json!({"operation": operation, "lose_answer": true, "times": 1, "after": 1}));
        faults.push(json!({"operation": operation, "throttle": true, "times": 1, "after": 2}));
    }
    for status in [401, 403, 400, 500] {
        faults.push(json!({"operation": "token", "refuse": status, "times": 1}));
    }
    faults.push(json!({"operation": "token", "lose_answer": true, "times": 1, "after": 4}));
    faults.push(json!({"operation": "upload", "refuse": 401, "times": 1, "after": 3}));
    faults.push(json!({"import_child_warning": true, "times": 1}));
    world.tell_fusion("faults", json!(faults)).await?;
    let store = json!({"throttle": 2, "error_500_next": 2, "truncate_next": 1});
    world.tell_store("bigcommerce/faults", store).await?;
    for kind in [
        "signature",
        "header_missing",
        "stranger",
        "stale",
        "tampered",
        "not_json",
        "oversized",
    ] {
        world
            .tell_store("webhooks", json!({"forge": kind, "store": "us"}))
            .await?;
    }
    for _ in 0..2 {
        for store in ["us", "eu"] {
            world.orders(store, 5).await?;
            world.refund(store)?;
        }
        sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

/// Ingest and poster are started with credentials that are refused, have
/// something to do, and get the right ones again.
async fn refused_on_both_sides(world: &mut World) -> Result<()> {
    let right = fs::read_to_string(world.config())?;
    let wrong = |line: &str| match line.split_once(" = ") {
        Some(("token", _)) => format!("token = \"{WRONG_TOKEN}\"\n"),
        Some(("client_secret", _)) => format!("client_secret = \"{WRONG_SECRET}\"\n"),
        _ => format!("{line}\n"),
    };
    fs::write(world.config(), right.lines().map(wrong).collect::<String>())?;
    world.orders("us", 2).await?;
    for service in [Service::Ingest, Service::Poster] {
        let seen = world.output(service).len();
        world.restart(service)?;
        world.orders("eu", 2).await?;
        let until = std::time::Instant::now() + PATIENCE;
        while !world.output(service)[seen..].contains("401") {
            if std::time::Instant::now() > until {
                bail!("{service} does not tell that it was refused");
            }
            sleep(Duration::from_millis(100)).await;
        }
    }
    let doctor = world.counterfoil(&["doctor"]).await?;
    ensure!(!doctor.status.success(), "the doctor finds nothing wrong");
    fs::write(world.config(), right)?;
    for service in [Service::Ingest, Service::Poster] {
        world.restart(service)?;
        world.ready(service).await?;
    }
    Ok(())
}

/// Searches everything; the projector must have been stopped.
async fn search(world: &World, mut secrets: Secrets, pages: &[(String, String)]) -> Result<()> {
    let url = format!("{}/admin/fusion/credentials", world.fusion.base_url());
    let given: Value = world.http.get(url).send().await?.json().await?;
    for (kind, name) in [("tokens", "a token"), ("assertions", "an assertion")] {
        for secret in given[kind].as_array().context("no list")? {
            secrets.add(name, secret.as_str().context("no text")?);
        }
    }
    let mut found = Vec::new();
    for (url, text) in pages {
        found.extend(secrets.found_in(url, text.as_bytes()));
    }
    for arguments in [
        ["log", "read"].as_slice(),
        &["report", "journals"],
        &["report", "reconciliation", "--format", "json"],
        &["trace", "order", "1001", "--store", "us"],
        &["secrets", "check"],
        &["doctor"],
    ] {
        let output = world.counterfoil(arguments).await?;
        let text = [output.stdout, output.stderr].concat();
        ensure!(!text.is_empty(), "{arguments:?} prints nothing");
        found.extend(secrets.found_in(&arguments.join(" "), &text));
    }
    found.extend(broken_configurations(world, &secrets)?);
    // The logs of the processes, and all that they keep: log, books, views.
    found.extend(secrets.found_below(world.folder(), &KEPT)?);
    ensure!(found.is_empty(), "secrets got out:\n{}", found.join("\n"));
    Ok(())
}

/// What the program says of configurations that are wrong near their secrets.
fn broken_configurations(world: &World, secrets: &Secrets) -> Result<Vec<String>> {
    let text = fs::read_to_string(world.config())?;
    let value = "header_value = \"sbx-hook-key-eu\"";
    let breaks = [
        (value, "header_value = \"sbx-hook-key-eu"),
        (value, "header_value = [\"sbx-hook-key-eu\"]"),
        (value, "header_name = { of = \"sbx-hook-key-eu\" }"),
        (
            value,
            "header_value = \"sbx-hook-key-eu\"\nsecret = \"sbx-hook-key-eu\"",
        ),
        (value, "header_value = \"sealed:sbx-hook-key-eu\""),
    ];
    let wrong = world.folder().join("wrong.toml");
    let mut found = Vec::new();
    for (from, to) in breaks {
        fs::write(&wrong, text.replace(from, to))?;
        let output = Command::new(program("counterfoil")?)
            .args(["report", "reconciliation", "--config"])
            .arg(&wrong)
            .output()?;
        ensure!(!output.status.success(), "{to} is taken");
        found.extend(secrets.found_in(to, &[output.stdout, output.stderr].concat()));
    }
    Ok(found)
}
