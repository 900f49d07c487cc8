//! Lists of values, segment values and daily rates.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use jiff::civil::Date;

use super::App;
use super::collection::{Ask, Parameters};
use super::error::{Answer, Refusal};
use super::query::Finder;
use super::resource::{Field, Item};
use crate::fusion::pod::Pod;
use crate::fusion::world::CURRENCIES;
use crate::fusion::world::calendar::PERIOD_SET;
use crate::fusion::world::chart::{CHART_ID, CHART_NAME, SEGMENTS, account_type};

/// Applications that keep period statuses: general ledger, payables, receivables.
const APPLICATIONS: [u64; 3] = [101, 200, 222];
/// The one whose statuses Journal Import goes by.
const GENERAL_LEDGER: u64 = 101;

type Fields = Vec<(&'static str, Field)>;

/// `GET <list>`.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Path(list): Path<String>,
    Query(parameters): Query<Parameters>,
) -> Answer {
    let ask = Ask::parse(&parameters, app.resources())?;
    let pod = app.pod();
    let (resource, rows): (&'static str, Vec<Fields>) = match list.as_str() {
        "ledgersLOV" => ("ledgersLOV", ledgers(&pod)),
        "dataAccessSetsLOV" => ("dataAccessSetsLOV", access_sets(&pod)),
        "dataAccessSetLedgersLOV" => ("dataAccessSetLedgersLOV", access_sets(&pod)),
        "journalSourcesLOV" => (
            "journalSourcesLOV",
            named("UserJeSourceName", &pod.world.names.sources),
        ),
        "journalCategoriesLOV" => (
            "journalCategoriesLOV",
            named("UserJeCategoryName", &pod.world.names.categories),
        ),
        "accountingPeriodStatusLOV" => ("accountingPeriodStatusLOV", period_statuses(&pod)),
        "accountingPeriodsLOV" => ("accountingPeriodsLOV", periods(&pod)),
        "accountCombinationsLOV" => ("accountCombinationsLOV", combinations(&pod)),
        "chartOfAccountsLOV" => ("chartOfAccountsLOV", charts()),
        "currenciesLOV" => ("currenciesLOV", currencies(&pod)),
        "currencyConversionTypesLOV" => ("currencyConversionTypesLOV", conversion_types(&pod)),
        unknown => return Err(Refusal::missing(format!("There is no resource {unknown}"))),
    };
    drop(pod);
    ask.answer(items(resource, rows))
}

/// `GET valueSets/{code}/child/values`: the values of a segment, its value set
/// being called after chart and segment.
pub(super) async fn segment_values(
    State(app): State<Arc<App>>,
    Path(set): Path<String>,
    Query(parameters): Query<Parameters>,
) -> Answer {
    let ask = Ask::parse(&parameters, app.resources())?;
    let pod = app.pod();
    let name = set.strip_prefix(&format!("{CHART_NAME} ")).unwrap_or(&set);
    let segment = SEGMENTS.iter().position(|segment| *segment == name);
    let segment =
        segment.ok_or_else(|| Refusal::missing(format!("There is no value set {set}")))?;
    let row = |(value, known): (&String, &crate::fusion::world::chart::SegmentValue)| {
        vec![
            ("Value", Field::text(value)),
            ("Description", Field::text(&known.description)),
            ("EnabledFlag", yes_no(known.enabled)),
        ]
    };
    let rows = pod.world.chart.values[segment].iter().map(row).collect();
    ask.answer(items("values", rows))
}

/// `GET currencyRates?finder=CurrencyRatesFinder;fromCurrency=..,toCurrency=..,
/// userConversionType=..,startDate=..,endDate=..`.
pub(super) async fn rates(
    State(app): State<Arc<App>>,
    Query(parameters): Query<Parameters>,
) -> Answer {
    let ask = Ask::parse(&parameters, app.resources())?;
    let finder = Finder::parse(parameters.get("finder").map_or("", String::as_str))?;
    if finder.name != "CurrencyRatesFinder" {
        return Err(Refusal::bad(format!("Finder {} is not valid", finder.name)));
    }
    let (from, to) = (
        finder.variable("fromCurrency")?,
        finder.variable("toCurrency")?,
    );
    let kind = finder.variable("userConversionType")?;
    let (first, last) = (day(&finder, "startDate")?, day(&finder, "endDate")?);
    let pod = app.pod();
    let calendar = &pod.world.calendar;
    let days = first
        .series(jiff::ToSpan::days(1))
        .take_while(|day| *day <= last);
    let row = |day: Date| {
        calendar.index_at(day)?;
        let rate = pod.world.rates.rate(from, to, kind, day)?;
        Some(vec![
            ("FromCurrency", Field::text(from)),
            ("ToCurrency", Field::text(to)),
            ("UserConversionType", Field::text(kind)),
            ("ConversionDate", Field::text(day)),
            ("ConversionRate", Field::Amount(rate)),
        ])
    };
    // Two years are the most that is stored.
    let rows = days.take(732).filter_map(row).collect();
    ask.answer(items("currencyRates", rows))
}

fn ledgers(pod: &Pod) -> Vec<Fields> {
    let row = |ledger: &crate::fusion::world::Ledger| {
        vec![
            ("LedgerId", Field::Int(ledger.id)),
            ("Name", Field::text(ledger.name)),
            ("Description", Field::text(ledger.name)),
            ("CurrencyCode", Field::text(ledger.currency)),
            ("ChartOfAccountsId", Field::Int(CHART_ID)),
            ("AccountedPeriodType", Field::text("Month")),
            ("PeriodSetName", Field::text(PERIOD_SET)),
            ("LedgerCategoryCode", Field::text("PRIMARY")),
            ("LedgerTypeCode", Field::text("L")),
        ]
    };
    pod.world.ledgers.iter().map(row).collect()
}

fn access_sets(pod: &Pod) -> Vec<Fields> {
    let row = |ledger: &crate::fusion::world::Ledger| {
        vec![
            ("AccessSetId", Field::Int(ledger.data_access_set_id)),
            ("Name", Field::text(ledger.name)),
            ("DefaultLedgerId", Field::Int(ledger.id)),
            ("LedgerId", Field::Int(ledger.id)),
            ("AccessPrivilegeCode", Field::text(ledger.access)),
        ]
    };
    pod.world.ledgers.iter().map(row).collect()
}

fn named(field: &'static str, names: &BTreeSet<String>) -> Vec<Fields> {
    names
        .iter()
        .map(|name| vec![(field, Field::text(name))])
        .collect()
}

/// Every ledger's statuses in every application; only the general ledger's ever
/// change here, so a query without ApplicationId reads the wrong ones too.
fn period_statuses(pod: &Pod) -> Vec<Fields> {
    let mut rows = Vec::new();
    for ledger in &pod.world.ledgers {
        for (period, status) in pod.world.calendar.periods.iter().zip(&ledger.statuses) {
            for application in APPLICATIONS {
                let letter = match application {
                    GENERAL_LEDGER => status.letter(),
                    _ => "N",
                };
                rows.push(vec![
                    ("LedgerId", Field::Int(ledger.id)),
                    ("ApplicationId", Field::Int(application)),
                    ("PeriodNameId", Field::text(&period.name)),
                    ("ClosingStatus", Field::text(letter)),
                    ("StartDate", Field::text(period.first)),
                    ("EndDate", Field::text(period.last)),
                ]);
            }
        }
    }
    rows
}

fn periods(pod: &Pod) -> Vec<Fields> {
    let row = |period: &crate::fusion::world::calendar::Period| {
        vec![
            ("PeriodNameId", Field::text(&period.name)),
            ("PeriodSetNameId", Field::text(PERIOD_SET)),
            ("StartDate", Field::text(period.first)),
            ("EndDate", Field::text(period.last)),
        ]
    };
    pod.world.calendar.periods.iter().map(row).collect()
}

fn combinations(pod: &Pod) -> Vec<Fields> {
    let row = |(code, known): (&String, &crate::fusion::world::chart::Combination)| {
        let mut fields = vec![
            ("_CODE_COMBINATION_ID", Field::Int(known.id)),
            ("_CHART_OF_ACCOUNTS_ID", Field::Int(CHART_ID)),
            ("EnabledFlag", yes_no(known.enabled)),
            ("AccountType", Field::text(account_type(code))),
            ("DetailPostingAllowedFlag", yes_no(known.detail_posting)),
            ("SummaryFlag", yes_no(false)),
            ("StartDateActive", Field::filled(known.starts)),
            ("EndDateActive", Field::filled(known.ends)),
        ];
        fields.extend(SEGMENTS.into_iter().zip(code.split('.').map(Field::text)));
        fields
    };
    pod.world.chart.combinations.iter().map(row).collect()
}

fn charts() -> Vec<Fields> {
    vec![vec![
        ("StructureInstanceNumber", Field::Int(CHART_ID)),
        ("Name", Field::text(CHART_NAME)),
    ]]
}

fn currencies(pod: &Pod) -> Vec<Fields> {
    let enabled = &pod.world.names.currencies;
    let row = |(code, name, places): (&str, &str, u32)| {
        vec![
            ("CurrencyCode", Field::text(code)),
            ("Name", Field::text(name)),
            ("Precision", Field::Int(u64::from(places))),
            ("EnabledFlag", yes_no(enabled.contains(code))),
        ]
    };
    CURRENCIES.into_iter().map(row).collect()
}

fn conversion_types(pod: &Pod) -> Vec<Fields> {
    let row = |name: &String| {
        vec![
            ("ConversionType", Field::text(name)),
            ("UserConversionType", Field::text(name)),
        ]
    };
    let names = &pod.world.names.conversion_types;
    names.iter().map(row).collect()
}

fn items(resource: &'static str, rows: Vec<Fields>) -> Vec<Item> {
    let numbered = rows.into_iter().enumerate();
    numbered
        .map(|(index, fields)| Item {
            resource,
            path: format!("/{resource}/{index}"),
            fields,
            children: &[],
        })
        .collect()
}

fn yes_no(flag: bool) -> Field {
    Field::text(if flag { "Y" } else { "N" })
}

fn day(finder: &Finder<'_>, variable: &str) -> Result<Date, Refusal> {
    let text = finder.variable(variable)?;
    text.parse()
        .map_err(|_| Refusal::bad(format!("{variable} must be YYYY-MM-DD, not {text}")))
}
