//! This machine: the data folder and the addresses to listen on.

use std::{io, net::SocketAddr, time::Duration};

use service::config::{Carrier, Config};
use tokio::net::TcpListener;

use super::findings::Findings;

/// How long a program at one of our addresses may take to say that it is ours.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) async fn check(config: &Config, findings: &mut Findings) {
    findings.about("this machine");
    data_folder(config, findings);
    let admin = &config.admin;
    let (of_ingest, others) = match config.stream.carrier {
        Carrier::Embedded => (("admin.run", admin.run), vec![]),
        Carrier::Jetstream => (
            ("admin.ingest", admin.ingest),
            vec![
                ("admin.mapper", admin.mapper),
                ("admin.poster", admin.poster),
                ("admin.projector", admin.projector),
            ],
        ),
    };
    // Webhooks are received by the process that answers there.
    address("ingest.listen", config.ingest.listen, of_ingest.1, findings).await;
    for (key, at) in [of_ingest].into_iter().chain(others) {
        address(key, at, at, findings).await;
    }
}

fn data_folder(config: &Config, findings: &mut Findings) {
    let folder = config.data_dir.display();
    let existing = config.data_dir.ancestors().find(|it| it.exists());
    // A folder that is still to be made is made where this one is; a file is no folder.
    let tried = match existing {
        Some(existing) => tempfile::tempfile_in(existing).map(drop),
        None => tempfile::tempfile_in(".").map(drop),
    };
    match tried {
        Ok(()) => findings.fine(
            "data_dir",
            format!("the data folder {folder} can be written"),
        ),
        Err(error) => findings.problem(
            "data_dir",
            format!("the data folder {folder} cannot be written: {error}"),
            "give this user the right to write there, or set data_dir to another folder",
        ),
    }
}

/// `admin`: where the process that listens on it answers for its health.
async fn address(key: &str, address: SocketAddr, admin: SocketAddr, findings: &mut Findings) {
    match TcpListener::bind(address).await {
        Ok(_) => findings.fine("address", format!("{address} ({key}) is free")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => match is_ours(admin).await {
            true => findings.fine(
                "address",
                format!("{address} ({key}) is in use by Counterfoil, which runs"),
            ),
            false => findings.problem(
                "address",
                format!("{address} ({key}) is taken by another program"),
                format!("stop that program, or set {key} to another address"),
            ),
        },
        Err(error) => findings.problem(
            "address",
            format!("{address} ({key}) cannot be listened on: {error}"),
            format!("set {key} to an address of this machine, and to a port this user may use"),
        ),
    }
}

async fn is_ours(admin: SocketAddr) -> bool {
    let client = reqwest::Client::builder().timeout(PATIENCE).build();
    let Ok(client) = client else {
        return false;
    };
    let metrics = client.get(format!("http://{admin}/metrics")).send().await;
    let live = client
        .get(format!("http://{admin}/health/live"))
        .send()
        .await;
    let good = |answer: reqwest::Result<reqwest::Response>| {
        answer.is_ok_and(|answer| answer.status().is_success())
    };
    good(metrics) && good(live)
}
