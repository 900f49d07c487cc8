//! Account combinations: those that are asked for, never a whole chart, which
//! may have a hundred thousand.
//!
//! The list takes only conditions that must all hold. So what all wanted
//! combinations share is the condition; and where that finds more pages than
//! there are parts to split the wanted into, they are split.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use jiff::civil::Date;
use schemas::Account;
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{
    client::{Fusion, RESOURCES, encode},
    error::{Error, Operation},
    pages::{PAGE, Pages},
    wire,
};

/// The most fields of a row: a chart has at most thirty segments.
const MOST_FIELDS: usize = 200;

/// What the list says of a combination beside its segments, which stand under
/// the names that the chart gives them. What begins with `_` is no segment either.
const ATTRIBUTES: [&str; 11] = [
    "AccountType",
    "DetailBudgetingAllowedFlag",
    "DetailPostingAllowedFlag",
    "EnabledFlag",
    "EndDateActive",
    "FinancialCategory",
    "JgzzReconFlag",
    "Reference3",
    "StartDateActive",
    "SummaryFlag",
    "links",
];

/// An account combination that exists (`accountCombinationsLOV`), and whether journals
/// may use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Combination {
    /// `EnabledFlag`. Journal Import refuses one that is disabled (EF03).
    pub enabled: bool,
    /// False for summary accounts and those closed to journals
    /// (`DetailPostingAllowedFlag`, EF02).
    pub takes_journals: bool,
    /// The first day on which it is in effect; none: since ever. Out of its days it is
    /// refused (EF01).
    pub starts: Option<Date>,
    /// The last day on which it is in effect; none: for ever.
    pub ends: Option<Date>,
}

/// A row as it is: the segments' names and their order differ from chart to chart.
struct Row(Vec<(String, String)>);

impl Row {
    fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    fn segment_names(&self) -> Vec<String> {
        let names = self.0.iter().map(|(name, _)| name);
        names
            .filter(|name| !name.starts_with('_') && !ATTRIBUTES.contains(&name.as_str()))
            .cloned()
            .collect()
    }

    fn account(&self, segments: &[String]) -> Option<Account> {
        let values = segments.iter().map(|name| self.get(name).to_owned());
        Account::new(values.collect()).ok()
    }

    fn combination(&self) -> Result<Combination, String> {
        let flag = |name: &str| wire::is_set(self.get(name));
        let date = |name: &str| match self.get(name) {
            "" => Ok(None),
            text => wire::date(text).map(Some),
        };
        Ok(Combination {
            enabled: flag("EnabledFlag"),
            takes_journals: flag("DetailPostingAllowedFlag")
                && !matches!(self.get("SummaryFlag"), "Y" | "true"),
            starts: date("StartDateActive")?,
            ends: date("EndDateActive")?,
        })
    }
}

impl Fusion {
    /// The names that a chart's segments have in the list of combinations, in the
    /// chart's order; empty for a chart without combinations.
    pub async fn segment_names(&self, chart: u64) -> Result<Vec<String>, Error> {
        let condition = format!("_CHART_OF_ACCOUNTS_ID={chart}");
        let path = format!("{RESOURCES}/accountCombinationsLOV");
        let query = combination_query(&condition);
        let mut first = Pages::new(self, Operation::ReadAccounts, &path, &query, 1);
        let page = first.next::<Row>().await?;
        let row = page.and_then(|page| page.items.into_iter().next());
        Ok(row.as_ref().map(Row::segment_names).unwrap_or_default())
    }

    /// Those of the wanted combinations that exist in the chart. An account that has
    /// another number of segments than the chart is not among them.
    pub async fn combinations(
        &self,
        chart: u64,
        segments: &[String],
        wanted: &BTreeSet<Account>,
    ) -> Result<BTreeMap<Account, Combination>, Error> {
        let fits = |account: &&Account| account.segments().len() == segments.len();
        let all: Vec<&Account> = wanted.iter().filter(fits).collect();
        let path = format!("{RESOURCES}/accountCombinationsLOV");
        let mut found = BTreeMap::new();
        let mut groups = vec![all];
        while let Some(group) = groups.pop().filter(|group| !group.is_empty()) {
            let condition = shared_condition(chart, segments, &group);
            let parts = split(segments.len(), &group);
            let query = combination_query(&condition);
            let mut pages = Pages::new(self, Operation::ReadAccounts, &path, &query, PAGE);
            while let Some(page) = pages.next::<Row>().await? {
                let pages_left = page.total.map(|total| {
                    total
                        .saturating_sub(pages.rows())
                        .div_ceil(page.items.len().max(1))
                });
                for row in &page.items {
                    if let Some(account) = row.account(segments).filter(|it| wanted.contains(it)) {
                        let combination = row.combination();
                        let combination = combination
                            .map_err(|what| Error::answer(Operation::ReadAccounts, what))?;
                        found.insert(account, combination);
                    }
                }
                if group.iter().all(|account| found.contains_key(*account)) {
                    break;
                }
                if page.has_more
                    && parts.len() > 1
                    && pages_left.is_none_or(|left| left > parts.len())
                {
                    groups.extend(parts);
                    break;
                }
            }
        }
        Ok(found)
    }

    /// Whether a value set has this value, and it is enabled.
    pub async fn has_segment_value(&self, set: &str, value: &str) -> Result<bool, Error> {
        let mut path = format!("{RESOURCES}/valueSets/");
        encode(set, &mut path);
        path.push_str("/child/values");
        let condition = format!("Value={}", wire::quoted(value));
        let query = [("q", condition.as_str())];
        let rows: Vec<Row> = self
            .all(Operation::ReadSegmentValues, &path, &query)
            .await?;
        let is_it = |row: &Row| row.get("Value") == value && wire::is_set(row.get("EnabledFlag"));
        Ok(rows.iter().any(is_it))
    }
}

/// A list without the links of its rows, and how many they are.
fn combination_query(condition: &str) -> [(&str, &str); 3] {
    [
        ("q", condition),
        ("onlyData", "true"),
        ("totalResults", "true"),
    ]
}

/// The chart, and every segment in which all accounts agree. Joined with `;`:
/// with `and`, nothing is found and no error is given.
fn shared_condition(chart: u64, names: &[String], group: &[&Account]) -> String {
    let mut condition = format!("_CHART_OF_ACCOUNTS_ID={chart}");
    for (index, name) in names.iter().enumerate() {
        let values = values(index, group);
        if let [value] = values.iter().collect::<Vec<_>>()[..] {
            condition.push_str(&format!(";{name}={}", wire::quoted(value)));
        }
    }
    condition
}

/// The accounts by the segment in which they differ most: mostly the natural account.
fn split<'a>(segments: usize, group: &[&'a Account]) -> Vec<Vec<&'a Account>> {
    let Some(by) = (0..segments).max_by_key(|index| values(*index, group).len()) else {
        return Vec::new();
    };
    let mut parts: BTreeMap<&str, Vec<&Account>> = BTreeMap::new();
    for account in group {
        let value = account.segments().get(by).map_or("", String::as_str);
        parts.entry(value).or_default().push(account);
    }
    parts.into_values().collect()
}

fn values<'a>(segment: usize, group: &[&'a Account]) -> BTreeSet<&'a str> {
    let value = |account: &&'a Account| account.segments().get(segment).map(String::as_str);
    group.iter().filter_map(value).collect()
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Row, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Row;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an account combination")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
                let mut fields = Vec::new();
                while let Some((name, raw)) = map.next_entry::<String, Box<RawValue>>()? {
                    if fields.len() >= MOST_FIELDS {
                        return Err(A::Error::custom("it has too many fields"));
                    }
                    let value = wire::text(&raw).map_err(A::Error::custom)?;
                    fields.push((name, value.unwrap_or_default()));
                }
                Ok(Row(fields))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_its_segments_in_the_charts_order() {
        let row: Row = serde_json::from_str(
            r#"{"_CODE_COMBINATION_ID": 7, "EnabledFlag": "Y", "DetailPostingAllowedFlag": false,
                "StartDateActive": null, "EndDateActive": "2026-10-31T00:00:00+00:00",
                "entity": "101", "account": "41000", "costCenter": "000"}"#,
        )
        .unwrap();
        let names = row.segment_names();
        assert_eq!(names, ["entity", "account", "costCenter"]);
        assert_eq!(row.account(&names).unwrap().to_string(), "101.41000.000");
        let expected = Combination {
            enabled: true,
            takes_journals: false,
            starts: None,
            ends: Some("2026-10-31".parse().unwrap()),
        };
        assert_eq!(row.combination().unwrap(), expected);
    }

    #[test]
    fn what_accounts_share_is_asked_for_and_they_are_split_where_they_differ_most() {
        let accounts: Vec<Account> = ["101.1.x", "101.2.x", "101.2.y"]
            .map(|it| it.parse().unwrap())
            .to_vec();
        let group: Vec<&Account> = accounts.iter().collect();
        let names = ["Company", "It's", "Product"].map(str::to_owned);
        assert_eq!(
            shared_condition(7, &names, &group[1..]),
            "_CHART_OF_ACCOUNTS_ID=7;Company='101';It's='2'"
        );
        let parts = split(3, &group);
        assert_eq!(parts.len(), 2);
        assert_eq!(split(3, &group[..1]).len(), 1);
    }
}
