//! The chart of accounts: six segments, their values, and the combinations that
//! exist. Dynamic insertion is on: a valid new combination is created on import.

use std::collections::BTreeMap;

use jiff::civil::Date;

/// Segment names in order.
pub(crate) const SEGMENTS: [&str; 6] = [
    "Company",
    "LOB",
    "Account",
    "CostCenter",
    "Product",
    "Intercompany",
];
/// Chart identifier of the combinations list, and structure instance number.
pub(crate) const CHART_ID: u64 = 101;
/// Chart name.
pub(crate) const CHART_NAME: &str = "Corporate Chart of Accounts";
/// First combination identifier given out.
const FIRST_COMBINATION: u64 = 300_000_047_500_001;

const VALUES: [&[(&str, &str)]; 6] = [
    &[("101", "US company"), ("201", "EU company")],
    &[("10", "Retail")],
    &[
        ("11010", "Card clearing"),
        ("11020", "PayPal clearing"),
        ("11030", "Bank transfer clearing"),
        ("11040", "Other wallets clearing"),
        ("21500", "Sales tax payable"),
        ("21510", "VAT payable"),
        ("22100", "Store credit liability"),
        ("22200", "Gift certificate liability"),
        ("41000", "Product revenue"),
        ("42000", "Shipping revenue"),
        ("42100", "Handling revenue"),
        ("42200", "Gift wrapping revenue"),
        ("42300", "Fees revenue"),
        ("49000", "Discounts"),
        ("49900", "Rounding differences"),
    ],
    &[("000", "None"), ("100", "Web sales")],
    &[
        ("000", "None"),
        ("110", "Apparel"),
        ("120", "Footwear"),
        ("130", "Home"),
        ("140", "Outdoor"),
        ("150", "Electronics"),
    ],
    &[("000", "None")],
];

/// A value of a segment's value set.
#[derive(Debug, Clone)]
pub(crate) struct SegmentValue {
    /// What the value means.
    pub description: String,
    /// A disabled value makes every combination with it invalid.
    pub enabled: bool,
}

/// An account combination.
#[derive(Debug, Clone)]
pub(crate) struct Combination {
    /// Combination identifier.
    pub id: u64,
    /// Disabled combinations take no lines (EF03).
    pub enabled: bool,
    /// Without it, journals may not use the combination (EF02).
    pub detail_posting: bool,
    /// First day it is active (EF01 before it).
    pub starts: Option<Date>,
    /// Last day it is active (EF01 after it).
    pub ends: Option<Date>,
}

impl Combination {
    fn new(id: u64) -> Self {
        Self {
            id,
            enabled: true,
            detail_posting: true,
            starts: None,
            ends: None,
        }
    }
}

/// What is wrong with an account, as Journal Import words it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AccountFault {
    /// The Journal Import code.
    pub code: &'static str,
    /// The status description.
    pub text: String,
}

/// Value sets and combinations of the chart.
#[derive(Debug)]
pub(crate) struct Chart {
    /// A valid combination that does not exist is created on import; otherwise it
    /// is refused.
    pub dynamic_insertion: bool,
    /// Values by segment, in segment order.
    pub values: [BTreeMap<String, SegmentValue>; 6],
    /// Combinations by their dotted code.
    pub combinations: BTreeMap<String, Combination>,
    next_combination: u64,
}

impl Chart {
    /// The chart every sandbox pod starts with, all combinations created.
    pub(crate) fn standard() -> Self {
        let values = VALUES.map(|list| {
            list.iter()
                .map(|(value, description)| {
                    let description = (*description).to_string();
                    let enabled = true;
                    (
                        (*value).to_string(),
                        SegmentValue {
                            description,
                            enabled,
                        },
                    )
                })
                .collect()
        });
        let mut chart = Self {
            dynamic_insertion: true,
            values,
            combinations: BTreeMap::new(),
            next_combination: FIRST_COMBINATION,
        };
        for code in chart.every_code() {
            chart.ensure(&code);
        }
        chart
    }

    /// Position of a segment by name.
    pub(crate) fn segment(name: &str) -> Option<usize> {
        SEGMENTS.iter().position(|segment| *segment == name)
    }

    /// Creates the combination if it does not exist yet.
    pub(crate) fn ensure(&mut self, code: &str) -> &mut Combination {
        let next = &mut self.next_combination;
        self.combinations
            .entry(code.to_string())
            .or_insert_with(|| {
                let id = *next;
                *next += 1;
                Combination::new(id)
            })
    }

    /// Adds so many cost centers, and every combination with them.
    pub(crate) fn grow(&mut self, cost_centers: u32) {
        let fresh = (0..cost_centers).map(|number| {
            let value = SegmentValue {
                description: "A further cost center".into(),
                enabled: true,
            };
            (format!("C{number:05}"), value)
        });
        self.values[3].extend(fresh);
        for code in self.every_code() {
            self.ensure(&code);
        }
    }

    /// What Journal Import would say about a combination used on a day in a
    /// ledger whose balancing segment value is `company`.
    pub(crate) fn fault(
        &self,
        segments: &[Box<str>],
        company: &str,
        day: Date,
    ) -> Option<AccountFault> {
        self.segment_fault(segments, company)
            .or_else(|| self.combination_fault(&segments.join("."), day))
    }

    fn segment_fault(&self, segments: &[Box<str>], company: &str) -> Option<AccountFault> {
        let invalid = |text: String| Some(AccountFault { code: "EF04", text });
        for (index, name) in SEGMENTS.iter().enumerate() {
            let value_set = format!("{} {name}", CHART_NAME);
            let value = segments.get(index).map_or("", |value| &**value);
            if value.is_empty() {
                return invalid(format!("FLEX-DATA NOT ENTERED (SEGMENT={name})"));
            }
            match self.values[index].get(value) {
                None => {
                    return invalid(format!(
                        "FLEX-VALUE DOES NOT EXIST (SEGMENT={name}) (VALUESET={value_set}) (VALUE={value})"
                    ));
                }
                Some(known) if !known.enabled => {
                    return invalid(format!(
                        "FLEX-VALUE DISABLED (SEGMENT={name}) (VALUESET={value_set}) (VALUE={value})"
                    ));
                }
                Some(_) => {}
            }
        }
        if segments.len() > SEGMENTS.len() {
            return invalid("FLEX-TOO MANY SEGMENTS".to_string());
        }
        if &*segments[0] != company {
            return invalid(format!(
                "Balancing segment value {} is not assigned to the ledger",
                segments[0]
            ));
        }
        None
    }

    fn combination_fault(&self, code: &str, day: Date) -> Option<AccountFault> {
        let Some(combination) = self.combinations.get(code) else {
            let text = "This account combination doesn't exist and can't be created";
            return (!self.dynamic_insertion).then(|| AccountFault {
                code: "EF04",
                text: text.to_string(),
            });
        };
        let (code, text) = if !combination.enabled {
            ("EF03", "This account combination is disabled")
        } else if combination.starts.is_some_and(|first| day < first)
            || combination.ends.is_some_and(|last| day > last)
        {
            ("EF01", "This account combination is inactive on the date")
        } else if !combination.detail_posting {
            ("EF02", "Detail posting isn't allowed to this combination")
        } else {
            return None;
        };
        let text = text.to_string();
        Some(AccountFault { code, text })
    }

    fn every_code(&self) -> Vec<String> {
        self.values
            .iter()
            .fold(vec![String::new()], |codes, values| {
                let extend = |code: &String| {
                    let dot = if code.is_empty() { "" } else { "." };
                    let prefix = format!("{code}{dot}");
                    values
                        .keys()
                        .map(move |value| format!("{prefix}{value}"))
                        .collect::<Vec<_>>()
                };
                codes.iter().flat_map(extend).collect()
            })
    }
}

/// The account type letter of a combination, from its natural account.
pub(crate) fn account_type(code: &str) -> &'static str {
    match code
        .split('.')
        .nth(2)
        .and_then(|account| account.chars().next())
    {
        Some('1') => "A",
        Some('2') => "L",
        _ => "R",
    }
}
