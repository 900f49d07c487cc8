//! The configuration of a world: everything on the loopback, and short waits.

use std::{fmt::Write as _, path::Path};

use anyhow::Result;

use crate::{
    nats::{PASSWORD, USER},
    ports::free_port,
    service::Service,
};

/// Who carries the events.
#[derive(Debug, Clone)]
pub enum Carrier {
    /// NATS JetStream: its address and that of its monitoring.
    JetStream { url: String, monitor: String },
    /// The log, inside one process.
    Embedded,
}

/// What differs from one world to another.
#[derive(Debug, Clone)]
pub struct Tuning {
    /// How often the stores are polled.
    pub poll_every_ms: u64,
    /// How long a batch of journals waits for more.
    pub batch_age_ms: u64,
    /// Most journals in a batch.
    pub batch_size: usize,
    /// How long nothing must be found in Fusion before nothing is taken to be there.
    pub settling_ms: u64,
    /// What the services log.
    pub log: String,
}

impl Default for Tuning {
    fn default() -> Self {
        Tuning {
            poll_every_ms: 700,
            batch_age_ms: 200,
            batch_size: 200,
            settling_ms: 1000,
            log: "info".to_owned(),
        }
    }
}

/// The fixed addresses of a world's processes.
#[derive(Debug, Clone)]
pub struct Ports {
    /// Where webhooks are received.
    pub webhooks: u16,
    admin: [u16; 5],
}

impl Ports {
    /// Free ones.
    pub fn choose() -> Result<Ports> {
        let mut admin = [0; 5];
        for port in &mut admin {
            *port = free_port()?;
        }
        Ok(Ports {
            webhooks: free_port()?,
            admin,
        })
    }

    /// Where a service answers for its health.
    pub fn admin(&self, service: Service) -> u16 {
        self.admin[service as usize]
    }

    /// Where the one process of all services answers for its health.
    pub fn admin_of_run(&self) -> u16 {
        self.admin[4]
    }
}

/// The configuration as TOML.
pub fn toml(
    folder: &Path,
    ports: &Ports,
    carrier: &Carrier,
    bigcommerce: &str,
    fusion: &str,
    tuning: &Tuning,
) -> String {
    let mut text = format!(
        "data_dir = \"{0}/data\"\nrules = \"{0}/rules.toml\"\n\n",
        folder.display()
    );
    text += &match carrier {
        Carrier::Embedded => "[stream]\ncarrier = \"embedded\"\n\n".to_owned(),
        Carrier::JetStream { url, monitor } => format!(
            "[stream]\ncarrier = \"jetstream\"\nurls = [\"{url}\"]\nmonitor_url = \"{monitor}\"\npublish_timeout = \"2s\"\nuser = \"{USER}\"\npassword = \"{PASSWORD}\"\n\n"
        ),
    };
    let start = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24);
    text += &format!(
        "[ingest]\nlisten = \"127.0.0.1:{0}\"\npublic_url = \"http://127.0.0.1:{0}\"\npoll_every = \"{1}ms\"\npoll_overlap = \"60s\"\nstart_at = \"{start}\"\n\n",
        ports.webhooks, tuning.poll_every_ms,
    );
    for key in ["us", "eu"] {
        text += &format!(
            "[stores.{key}]\napi_url = \"{bigcommerce}\"\nhash = \"sbx{key}0001\"\ntoken = \"sbx-token-{key}\"\nclient_secrets = [\"sbx-client-secret-{key}\"]\nheader_value = \"sbx-hook-key-{key}\"\n\n"
        );
    }
    text += &format!(
        "[fusion]\nurl = \"{fusion}\"\ntoken_url = \"{fusion}/oauth2/v1/token\"\nclient_id = \"counterfoil\"\nclient_secret = \"sbx-fusion-secret\"\nscope = \"urn:opc:resource:fusion:sbx:erp/\"\ntimeout = \"5s\"\n\n"
    );
    text += "[ledgers.us]\nname = \"US Primary Ledger\"\nid = 300000046975971\ndata_access_set = 300000046975980\ncurrency = \"USD\"\n\n";
    text += "[ledgers.eu]\nname = \"EU Primary Ledger\"\nid = 300000046975991\ndata_access_set = 300000046975999\ncurrency = \"EUR\"\n\n";
    text += &format!(
        "[poster]\nbatch_size = {}\nbatch_age = \"{}ms\"\npoll_every = \"20ms\"\npoll_at_most = \"100ms\"\nsettling_time = \"{}ms\"\nperiod_age = \"1s\"\n\n[admin]\nrun = \"127.0.0.1:{}\"\n",
        tuning.batch_size,
        tuning.batch_age_ms,
        tuning.settling_ms,
        ports.admin_of_run(),
    );
    for service in Service::ALL {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{service} = \"127.0.0.1:{}\"", ports.admin(service));
    }
    text += &format!("\n[telemetry]\nlog = \"{}\"\n", tuning.log);
    text
}
