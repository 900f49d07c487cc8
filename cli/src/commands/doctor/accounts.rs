//! The accounts that the rules name by themselves, whatever is sold.

use std::collections::{BTreeMap, BTreeSet};

use fusion::{Fusion, checks};
use jiff::Zoned;
use mapping::RuleSet;
use schemas::{Account, LedgerKey};
use service::config::LedgerConfig;

use super::findings::{Findings, chain};

pub(super) async fn check(
    key: &LedgerKey,
    ledger: &LedgerConfig,
    rules: &RuleSet,
    chart: u64,
    fusion: &Fusion,
    findings: &mut Findings,
) {
    let check = "ledger.account";
    let today = Zoned::now().date();
    let mut named: BTreeMap<Account, Vec<String>> = BTreeMap::new();
    for (account, rule) in rules.accounts(key, today) {
        named.entry(account).or_default().push(rule);
    }
    let wanted: BTreeSet<Account> = named.keys().cloned().collect();
    let found = async {
        let segments = match ledger.account_segments.is_empty() {
            true => fusion.segment_names(chart).await?,
            false => ledger.account_segments.clone(),
        };
        fusion.combinations(chart, &segments, &wanted).await
    };
    let found = match found.await {
        Ok(found) => found,
        Err(error) => {
            return findings.problem(
                check,
                chain(error),
                "give the client's user the right to read account combinations",
            );
        }
    };
    let mut bad = 0;
    for (account, rules) in &named {
        let takes = checks::takes(found.get(account), today, ledger.unknown_accounts);
        if let Err(problem) = takes {
            bad += 1;
            let reason = problem.reason(account, &rules.join("`, `"));
            findings.problem(check, reason.cause, reason.remedy);
        }
    }
    if bad == 0 {
        let count = named.len();
        findings.fine(
            check,
            format!("the {count} accounts that the rules name take journals"),
        );
    }
}
