//! A BigCommerce store: its API, its clock, our webhooks.

use std::time::Duration;

use bigcommerce::{Client, ClientOptions, Retries, StoreAddress};
use jiff::Timestamp;
use schemas::StoreKey;
use service::config::{IngestConfig, StoreConfig};

use super::findings::{Findings, chain};

/// A clock further off than this breaks signatures and tokens.
const MOST_SKEW: Duration = Duration::from_secs(60);

pub(super) async fn check(
    key: &StoreKey,
    store: &StoreConfig,
    ingest: &IngestConfig,
    findings: &mut Findings,
) {
    findings.about(format!("store {key}"));
    let address = StoreAddress {
        api_url: store.api_url.to_string(),
        hash: store.hash.clone(),
        token: store.token.to_secret_string(),
    };
    let options = ClientOptions {
        retries: Retries {
            times: 1,
            first: Duration::from_millis(500),
            longest: Duration::from_secs(1),
        },
        ..ClientOptions::default()
    };
    let client = match Client::new(address, &options) {
        Ok(client) => client,
        Err(error) => {
            let remedy = format!("correct stores.{key}.api_url");
            return findings.problem("store.api", chain(error), remedy);
        }
    };
    match client.store().await {
        Ok(_) => findings.fine("store.api", "its API answers to the token"),
        Err(error) => return refused(key, error, findings),
    }
    match client.time().await {
        Ok(time) => skew(time, findings),
        Err(error) => findings.problem(
            "store.clock",
            chain(error),
            "try again: the store did not tell its time",
        ),
    }
    match client.refunds_since(Timestamp::now()).next().await {
        Ok(_) => findings.fine("store.refunds", "its refunds can be read"),
        Err(error) => findings.problem(
            "store.refunds",
            chain(error),
            "give the API account the scopes Orders and Order Transactions, read-only",
        ),
    }
    hooks(key, &client, ingest, findings).await;
}

fn refused(key: &StoreKey, error: bigcommerce::Error, findings: &mut Findings) {
    match error.status() {
        Some(401 | 403) => findings.problem(
            "store.token",
            chain(error),
            format!("correct stores.{key}.token: the access token of an API account of this store with the scope Information & Settings"),
        ),
        Some(404) => findings.problem(
            "store.hash",
            chain(error),
            format!("correct stores.{key}.hash, as in the store's API path"),
        ),
        _ => findings.problem(
            "store.api",
            chain(error),
            format!("check that this machine reaches stores.{key}.api_url, and try again"),
        ),
    }
}

fn skew(theirs: Timestamp, findings: &mut Findings) {
    let skew = Timestamp::now().duration_since(theirs).unsigned_abs();
    if skew <= MOST_SKEW {
        findings.fine("store.clock", "its clock and ours agree");
    } else {
        findings.problem(
            "store.clock",
            format!("our clock is {} s away from the store's", skew.as_secs()),
            "synchronise this machine's clock: signatures and tokens depend on it",
        );
    }
}

async fn hooks(key: &StoreKey, client: &Client, ingest: &IngestConfig, findings: &mut Findings) {
    let Some(url) = &ingest.public_url else {
        return findings.fine(
            "store.hooks",
            "without ingest.public_url its webhooks are left as they are, and it is polled",
        );
    };
    let existing = match client.hooks().await {
        Ok(existing) => existing,
        Err(error) => {
            return findings.problem(
                "store.hooks",
                chain(error),
                "give the API account the scope Information & Settings, read-only",
            );
        }
    };
    let unfit = ingest::unfit_hooks(&existing, url, key);
    let list = |active: bool| {
        let of = unfit.iter().filter(|hook| hook.is_inactive == active);
        of.map(|hook| hook.scope).collect::<Vec<_>>().join(", ")
    };
    let (missing, inactive) = (list(false), list(true));
    if !missing.is_empty() {
        findings.problem(
            "store.hooks.missing",
            format!("it has no webhooks to us for {missing}"),
            "start ingest, which registers them; until then the store is polled",
        );
    }
    if !inactive.is_empty() {
        findings.problem(
            "store.hooks.inactive",
            format!("the store has deactivated its webhooks for {inactive}"),
            "make ingest.public_url reach ingest from outside, then start ingest, which activates them again",
        );
    }
    if unfit.is_empty() {
        findings.fine("store.hooks", "its webhooks are registered and active");
    }
}
