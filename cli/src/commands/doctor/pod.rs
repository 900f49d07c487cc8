//! The Fusion pod: whether we are let in, and may do what we must.

use fusion::{DOCUMENT_ACCOUNTS, Error, Fault, Fusion, Refused};
use service::config::Config;

use super::findings::{Findings, chain};

/// The pod, if it can be asked.
pub(super) async fn check(config: &Config, findings: &mut Findings) -> Option<Fusion> {
    findings.about("Fusion");
    let options = fusion::Options {
        retries: 1,
        ..(&config.fusion).into()
    };
    let fusion = match Fusion::new(options) {
        Ok(fusion) => fusion,
        Err(error) => {
            findings.problem("fusion.reach", chain(error), "correct fusion.url");
            return None;
        }
    };
    if let Err(error) = fusion.ledgers().await {
        let (check, remedy) = refusal(&error);
        findings.problem(check, chain(error), remedy);
        return None;
    }
    findings.fine("fusion.reach", "its API answers to our token");
    document_account(config, &fusion, findings).await;
    Some(fusion)
}

/// Which of the many things it takes to be let in is wrong.
fn refusal(error: &Error) -> (&'static str, &'static str) {
    match &*error.fault {
        Fault::NoToken(inner) => match &*inner.fault {
            Fault::Unauthorized {
                refused: Refused::Scope,
                ..
            } => (
                "fusion.scope",
                "correct fusion.scope: take it from the application in the identity domain; it differs from pod to pod",
            ),
            Fault::Unauthorized {
                refused: Refused::Grant | Refused::Assertion,
                ..
            } => (
                "fusion.sign_in",
                "allow the grant of fusion.sign_in in the confidential application; for an assertion, check user, private_key, audience and certificate as well",
            ),
            Fault::Unauthorized { .. } => (
                "fusion.secret",
                "correct fusion.client_id and client_secret: those of the confidential application in Fusion's own identity domain",
            ),
            _ => (
                "fusion.token",
                "check that this machine reaches fusion.token_url, and that it is the identity domain's /oauth2/v1/token",
            ),
        },
        Fault::Unauthorized { .. } => (
            "fusion.rights",
            "create a user in Fusion's Security Console whose name is the client id, and give it a role with the general ledger's setups, Load Interface Administration and a data access set",
        ),
        _ => (
            "fusion.reach",
            "check that this machine reaches fusion.url, and that it is the pod's",
        ),
    }
}

/// A file in another account uploads well and is never found; that shows only in
/// an import. So an unusual spelling is in doubt until a batch has come through.
async fn document_account(config: &Config, fusion: &Fusion, findings: &mut Findings) {
    let account = &config.fusion.document_account;
    let check = "fusion.document_account";
    if DOCUMENT_ACCOUNTS.contains(&account.as_str()) {
        return findings.fine(
            check,
            format!("`{account}` is the journals' document account"),
        );
    }
    match fusion.has_batch("CF-").await {
        Ok(true) => findings.fine(check, format!("batches have come through `{account}`")),
        Ok(false) => findings.problem(
            check,
            format!("`{account}` is no known spelling of the journals' document account, and no batch has come through it"),
            format!("set fusion.document_account to `{}`, or to what the pod's Import Journals has", DOCUMENT_ACCOUNTS[0]),
        ),
        Err(error) => findings.problem(
            check,
            chain(error),
            "give the client's user the right to read journal batches",
        ),
    }
}
