//! A ledger: whether it is the one that was meant, and takes what we send.

use fusion::{
    Fusion, PeriodStatus,
    checks::{
        List,
        setup::{self, SetupProblem},
    },
};
use jiff::Zoned;
use mapping::RuleSet;
use schemas::LedgerKey;
use service::config::{AutoPost, Config, LedgerConfig};

use super::{
    accounts,
    findings::{Findings, chain},
};

pub(super) async fn check(
    key: &LedgerKey,
    config: &Config,
    rules: Option<&RuleSet>,
    fusion: &Fusion,
    findings: &mut Findings,
) {
    findings.about(format!("ledger {key}"));
    let ledger = &config.ledgers[key];
    let found = match setup::look_up(fusion, ledger).await {
        Ok(Ok(found)) => found,
        Ok(Err(problem)) => {
            let remedy = format!("in [ledgers.{key}]: {}", problem.remedy());
            return findings.problem(name(&problem), problem, remedy);
        }
        Err(error) => {
            return findings.problem(
                "ledger",
                chain(error),
                "give the client's user the right to read ledgers and data access sets",
            );
        }
    };
    findings.fine(
        "ledger",
        format!("it is on this pod, with the id {}", found.ledger),
    );
    names(ledger, fusion, findings).await;
    period(key, ledger, found.ledger, fusion, findings).await;
    if let AutoPost::CriteriaSet(set) = config.poster.autopost {
        autopost(set, fusion, findings).await;
    }
    if let Some(rules) = rules {
        accounts::check(key, ledger, rules, found.chart, fusion, findings).await;
    }
}

fn name(problem: &SetupProblem) -> &'static str {
    match problem {
        SetupProblem::NoLedgerWithId { .. } => "ledger.id",
        SetupProblem::NoLedgerNamed { .. } | SetupProblem::OtherName { .. } => "ledger.name",
        SetupProblem::OtherCurrency { .. } => "ledger.currency",
        SetupProblem::NoAccessSet { .. } | SetupProblem::OtherLedgers { .. } => {
            "ledger.data_access_set"
        }
        SetupProblem::ReadOnly { .. } => "ledger.data_access_set.read_only",
    }
}

/// The names in the configuration that Fusion must know.
async fn names(ledger: &LedgerConfig, fusion: &Fusion, findings: &mut Findings) {
    let listed = |list: Vec<fusion::Named>| list.into_iter().map(|it| it.name).collect();
    let sources = fusion.sources().await.map(listed);
    listed_there(
        "ledger.source",
        List::Sources,
        &[&ledger.source],
        sources,
        findings,
    );
    let categories = fusion.categories().await.map(listed);
    let wanted = [&ledger.order_category, &ledger.refund_category];
    listed_there(
        "ledger.category",
        List::Categories,
        &wanted,
        categories,
        findings,
    );
    let types = fusion.conversion_types().await;
    let wanted = [&ledger.conversion_type];
    listed_there(
        "ledger.conversion_type",
        List::ConversionTypes,
        &wanted,
        types,
        findings,
    );
}

fn listed_there(
    check: &'static str,
    list: List,
    wanted: &[&String],
    found: Result<std::collections::BTreeSet<String>, fusion::Error>,
    findings: &mut Findings,
) {
    match found {
        Ok(found) => {
            for name in wanted {
                if found.contains(*name) {
                    findings.fine(check, format!("Fusion has `{name}`"));
                } else {
                    let reason = list.lacks(name);
                    findings.problem(check, reason.cause, reason.remedy);
                }
            }
        }
        Err(error) => findings.problem(
            check,
            chain(error),
            "give the client's user the right to read the general ledger's setups",
        ),
    }
}

async fn period(
    key: &LedgerKey,
    ledger: &LedgerConfig,
    id: u64,
    fusion: &Fusion,
    findings: &mut Findings,
) {
    let check = "ledger.period";
    let period = ledger.period_of(Zoned::now().date());
    match fusion.periods(id).await {
        Ok(periods) => match periods.iter().find(|state| state.name == period) {
            Some(state) if state.status == PeriodStatus::Open => {
                findings.fine(check, format!("its period {period} is open"));
            }
            Some(_) => findings.problem(
                check,
                format!("its period {period} is not open"),
                format!("open {period} in Fusion: journals of this month cannot be posted before"),
            ),
            None => findings.problem(
                "ledger.period_format",
                format!("it has no period `{period}`"),
                format!("set ledgers.{key}.period_format to how its periods are named"),
            ),
        },
        Err(error) => findings.problem(
            check,
            chain(error),
            "give the client's user the right to read accounting periods",
        ),
    }
}

/// No list of criteria sets can be read; what became of our requests can.
async fn autopost(set: u64, fusion: &Fusion, findings: &mut Findings) {
    let check = "ledger.autopost";
    let outcome = async {
        match fusion.newest_autopost(set).await? {
            Some(last) => fusion.job_tree(last.request).await.map(Some),
            None => Ok(None),
        }
    };
    match outcome.await {
        Ok(None) => findings.fine(
            check,
            format!("AutoPost was not submitted with the criteria set {set} of late"),
        ),
        Ok(Some(tree)) if tree.failures().next().is_none() => findings.fine(
            check,
            format!("AutoPost runs with the criteria set {set}"),
        ),
        Ok(Some(_)) => findings.problem(
            check,
            format!("the last AutoPost with the criteria set {set} failed: there may be no such set"),
            "correct poster.autopost, or create an AutoPost criteria set for our journal source in Fusion",
        ),
        Err(error) => findings.problem(
            check,
            chain(error),
            "give the client's user the right to read its scheduled processes",
        ),
    }
}
