//! The oracle: what the stores say they sold against what the general ledger
//! holds. Written from the meaning of the figures and without any code of the
//! services, so that one mistake cannot pass on both sides.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use rust_decimal::Decimal;
use serde::Deserialize;

/// Statuses that count in the books under the example rules.
const RECOGNISED: [u8; 9] = [2, 3, 4, 8, 9, 10, 11, 13, 14];
/// The product of the category that no example rule maps.
const UNMAPPED_PRODUCT: u32 = 990;
/// What stands in an order's products for a gift certificate that was sold.
const GIFT_CERTIFICATE_SOLD: u32 = 0;
const CLEARING: [&str; 4] = ["11010", "11020", "11030", "11040"];
const TAX: [&str; 2] = ["21500", "21510"];
const STORE_CREDIT: &str = "22100";
const GIFT_CERTIFICATES: &str = "22200";
const ROUNDING: &str = "49900";
/// The most cents that rounding may take of one journal under the example rules.
const MOST_ROUNDING: Decimal = Decimal::from_parts(5, 0, 0, false, 2);

/// What a store says of itself.
#[derive(Debug, Deserialize)]
pub struct Truth {
    pub store: String,
    pub orders: Vec<Order>,
    pub refunds: Vec<Refund>,
}

#[derive(Debug, Deserialize)]
pub struct Order {
    pub id: u32,
    pub status_id: u8,
    pub total_inc_tax: Decimal,
    pub total_tax: Decimal,
    pub store_credit_amount: Decimal,
    pub gift_certificate_amount: Decimal,
    pub product_ids: Vec<u32>,
    pub malformed: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Refund {
    pub id: u32,
    pub order_id: u32,
    pub total_amount: Decimal,
    pub total_tax: Decimal,
}

/// All ledgers as the pod holds them.
#[derive(Debug, Deserialize)]
pub struct Ledgers {
    pub ledgers: Vec<Ledger>,
}

#[derive(Debug, Deserialize)]
pub struct Ledger {
    pub name: String,
    pub batches: Vec<Batch>,
}

#[derive(Debug, Deserialize)]
pub struct Batch {
    pub id: u64,
    pub name: String,
    pub journals: Vec<Journal>,
}

#[derive(Debug, Deserialize)]
pub struct Journal {
    pub name: String,
    pub category: String,
    pub status: String,
    pub total_debit: Decimal,
    pub total_credit: Decimal,
    pub lines: Vec<Line>,
}

#[derive(Debug, Deserialize)]
pub struct Line {
    pub account: String,
    pub debit: Option<Decimal>,
    pub credit: Option<Decimal>,
}

/// Which journals there may be besides one for each order and refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changes {
    /// None: nothing was edited or cancelled after it was posted.
    None,
    /// Adjustments and reversals: only the net of an order's journals must fit.
    Adjusted,
}

/// All that is wrong with the books; empty when they are right.
pub fn differences(stores: &[Truth], ledgers: &Ledgers, changes: Changes) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for store in stores {
        let ledger = ledger_of(&store.store, ledgers)?;
        let mut held = Held::read(&store.store, ledger, &mut problems);
        let judge = Judge {
            store,
            changes,
            orders: store.orders.iter().map(|order| (order.id, order)).collect(),
        };
        for order in &store.orders {
            judge.order(order, &held.take(order.id, None), &mut problems);
        }
        for refund in &store.refunds {
            let journals = held.take(refund.order_id, Some(refund.id));
            judge.refund(refund, &journals, &mut problems)?;
        }
        if changes == Changes::Adjusted {
            judge.withdrawn(ledger, &mut problems);
        }
        problems.extend(
            held.left()
                .map(|name| format!("{name}: the store knows nothing of it")),
        );
    }
    Ok(problems)
}

/// How many journals all ledgers hold.
pub fn journal_count(ledgers: &Ledgers) -> usize {
    let batches = ledgers.ledgers.iter().flat_map(|it| &it.batches);
    batches.map(|batch| batch.journals.len()).sum()
}

fn ledger_of<'a>(store: &str, ledgers: &'a Ledgers) -> Result<&'a Ledger> {
    let name = format!("{} Primary Ledger", store.to_uppercase());
    let found = ledgers.ledgers.iter().find(|ledger| ledger.name == name);
    found.with_context(|| format!("the pod has no ledger {name}"))
}

/// A journal's name, `us-1001-1` or `us-1001-r7-1`: its order, refund and number.
fn parse(store: &str, name: &str) -> Option<(u32, Option<u32>, u32)> {
    let rest = name.strip_prefix(store)?.strip_prefix('-')?;
    let (entity, number) = rest.rsplit_once('-')?;
    let (order, refund) = match entity.split_once("-r") {
        Some((order, refund)) => (order, Some(refund.parse().ok()?)),
        None => (entity, None),
    };
    Some((order.parse().ok()?, refund, number.parse().ok()?))
}

type Numbered<'a> = BTreeMap<u32, &'a Journal>;

/// A ledger's journals by order and refund.
struct Held<'a>(BTreeMap<(u32, Option<u32>), Numbered<'a>>);

impl<'a> Held<'a> {
    fn read(store: &str, ledger: &'a Ledger, problems: &mut Vec<String>) -> Held<'a> {
        let mut held: BTreeMap<_, Numbered> = BTreeMap::new();
        for batch in &ledger.batches {
            for journal in &batch.journals {
                let name = &journal.name;
                let Some((order, refund, number)) = parse(store, name) else {
                    problems.push(format!("{name} in {}: nobody's journal", batch.name));
                    continue;
                };
                let of_entity = held.entry((order, refund)).or_default();
                if of_entity.insert(number, journal).is_some() {
                    problems.push(format!(
                        "{name}: it is there twice, again in {}",
                        batch.name
                    ));
                }
            }
        }
        Held(held)
    }

    fn take(&mut self, order: u32, refund: Option<u32>) -> Numbered<'a> {
        self.0.remove(&(order, refund)).unwrap_or_default()
    }

    fn left(&self) -> impl Iterator<Item = &str> {
        let journals = self.0.values().flat_map(BTreeMap::values);
        journals.map(|journal| journal.name.as_str())
    }
}

struct Judge<'a> {
    store: &'a Truth,
    changes: Changes,
    orders: BTreeMap<u32, &'a Order>,
}

impl Judge<'_> {
    fn order(&self, order: &Order, journals: &Numbered, problems: &mut Vec<String>) {
        let name = format!("{}-{}", self.store.store, order.id);
        let mut say = |text: String| problems.push(format!("{name}: {text}"));
        if !is_due(order) {
            if self.changes == Changes::None && !journals.is_empty() {
                say(format!(
                    "it should not be booked, and has {} journals",
                    journals.len()
                ));
            }
            return;
        }
        self.form(journals, "Web Orders", &mut say);
        let net = Net::of(journals.values().copied());
        let money = order.total_inc_tax - order.store_credit_amount - order.gift_certificate_amount;
        let mut expect = |what, found, expected| check(what, found, expected, &mut say);
        expect("money due", net.sum(&CLEARING), money);
        expect("tax", net.sum(&TAX), -order.total_tax);
        expect(
            "store credit",
            net.sum(&[STORE_CREDIT]),
            order.store_credit_amount,
        );
        if !order.product_ids.contains(&GIFT_CERTIFICATE_SOLD) {
            let used = order.gift_certificate_amount;
            expect("gift certificates", net.sum(&[GIFT_CERTIFICATES]), used);
        }
        if net.sum(&[ROUNDING]).abs() > MOST_ROUNDING {
            say(format!("{} went to rounding", net.sum(&[ROUNDING])));
        }
    }

    fn refund(
        &self,
        refund: &Refund,
        journals: &Numbered,
        problems: &mut Vec<String>,
    ) -> Result<()> {
        let order = self.orders.get(&refund.order_id);
        let order = order.context("a refund of an order that the store does not have")?;
        let name = format!("{}-{}-r{}", self.store.store, refund.order_id, refund.id);
        let mut say = |text: String| problems.push(format!("{name}: {text}"));
        if !is_due(order) {
            if self.changes == Changes::None && !journals.is_empty() {
                say("its order is not booked, and it is".to_owned());
            }
            return Ok(());
        }
        self.form(journals, "Web Refunds", &mut say);
        let net = Net::of(journals.values().copied());
        let mut expect = |what, found, expected| check(what, found, expected, &mut say);
        expect("tax", net.sum(&TAX), refund.total_tax);
        if !order.product_ids.contains(&GIFT_CERTIFICATE_SOLD) {
            let tenders = [&CLEARING[..], &[STORE_CREDIT, GIFT_CERTIFICATES]].concat();
            expect("money given back", net.sum(&tenders), -refund.total_amount);
        }
        Ok(())
    }

    /// The journals are there, posted, balanced, and no more than there should be.
    fn form(&self, journals: &Numbered, category: &str, say: &mut impl FnMut(String)) {
        let numbers: Vec<u32> = journals.keys().copied().collect();
        let fits = match self.changes {
            Changes::None => numbers == [1],
            Changes::Adjusted => {
                !numbers.is_empty() && numbers.iter().zip(1..).all(|(it, n)| *it == n)
            }
        };
        if !fits {
            say(match numbers.len() {
                0 => "it has no journal".to_owned(),
                _ => format!("its journals are {numbers:?}"),
            });
        }
        for journal in journals.values() {
            let name = &journal.name;
            if journal.status != "P" {
                say(format!("{name} is not posted"));
            }
            if journal.category != category {
                say(format!("{name} is in category {}", journal.category));
            }
            let debits: Decimal = journal.lines.iter().filter_map(|line| line.debit).sum();
            let credits: Decimal = journal.lines.iter().filter_map(|line| line.credit).sum();
            let totals = [journal.total_debit, journal.total_credit, debits, credits];
            if totals.iter().any(|it| *it != debits) {
                say(format!("{name} does not balance: {totals:?}"));
            }
        }
    }

    /// Orders that no longer count, and their refunds, must net to nothing.
    fn withdrawn(&self, ledger: &Ledger, problems: &mut Vec<String>) {
        let gone = self.store.orders.iter().filter(|order| !is_due(order));
        let gone: BTreeSet<u32> = gone.map(|order| order.id).collect();
        let mut by_order: BTreeMap<u32, Vec<&Journal>> = BTreeMap::new();
        for journal in ledger.batches.iter().flat_map(|batch| &batch.journals) {
            if let Some((order, ..)) = parse(&self.store.store, &journal.name)
                && gone.contains(&order)
            {
                by_order.entry(order).or_default().push(journal);
            }
        }
        for (order, journals) in by_order {
            let net = Net::of(journals.into_iter());
            if let Some((account, amount)) = net.0.iter().find(|(_, amount)| !amount.is_zero()) {
                let store = &self.store.store;
                problems.push(format!(
                    "{store}-{order}: withdrawn, but {account} keeps {amount}"
                ));
            }
        }
    }
}

/// Whether the ledger should hold something for the order.
fn is_due(order: &Order) -> bool {
    RECOGNISED.contains(&order.status_id)
        && order.malformed.is_none()
        && !order.product_ids.contains(&UNMAPPED_PRODUCT)
}

fn check(what: &str, found: Decimal, expected: Decimal, say: &mut impl FnMut(String)) {
    if found != expected {
        say(format!(
            "{what} should be {expected}, the ledger holds {found}"
        ));
    }
}

/// Sums by account, debits positive.
struct Net(BTreeMap<String, Decimal>);

impl Net {
    fn of<'a>(journals: impl Iterator<Item = &'a Journal>) -> Net {
        let mut sums = BTreeMap::new();
        for line in journals.flat_map(|journal| &journal.lines) {
            let amount = line.debit.unwrap_or_default() - line.credit.unwrap_or_default();
            *sums.entry(line.account.clone()).or_insert(Decimal::ZERO) += amount;
        }
        Net(sums)
    }

    /// The sum over natural accounts, the third segment.
    fn sum(&self, natural: &[&str]) -> Decimal {
        let is_one = |account: &str| {
            account
                .split(['.', '-'])
                .nth(2)
                .is_some_and(|segment| natural.contains(&segment))
        };
        let of_them = self.0.iter().filter(|(account, _)| is_one(account));
        of_them.map(|(_, amount)| amount).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(status: u8) -> Truth {
        let order = format!(
            r#"{{"id":1001,"status_id":{status},"total_inc_tax":"12.00","total_tax":"2.00",
            "store_credit_amount":"0","gift_certificate_amount":"0","product_ids":[101],"malformed":null}}"#
        );
        Truth {
            store: "us".to_owned(),
            orders: vec![serde_json::from_str(&order).unwrap()],
            refunds: Vec::new(),
        }
    }

    fn journal(name: &str, due: &str, status: &str) -> String {
        format!(
            r#"{{"name":"{name}","category":"Web Orders","status":"{status}","total_debit":"{due}","total_credit":"{due}","lines":[
            {{"account":"101.10.11010.000.000.000","debit":"{due}","credit":null}},
            {{"account":"101.10.41000.100.110.000","debit":null,"credit":"10.00"}},
            {{"account":"101.10.21500.000.000.000","debit":null,"credit":"2.00"}}]}}"#
        )
    }

    fn ledgers(journals: &[String]) -> Ledgers {
        let text = format!(
            r#"{{"ledgers":[{{"name":"US Primary Ledger","batches":[{{"id":1,"name":"b","journals":[{}]}}]}}]}}"#,
            journals.join(",")
        );
        serde_json::from_str(&text).unwrap()
    }

    fn judge(status: u8, journals: &[String]) -> Vec<String> {
        differences(&[truth(status)], &ledgers(journals), Changes::None).unwrap()
    }

    #[test]
    fn right_books_have_no_differences() {
        assert!(judge(11, &[journal("us-1001-1", "12.00", "P")]).is_empty());
        assert!(judge(1, &[]).is_empty());
    }

    #[test]
    fn every_kind_of_wrong_book_is_found() {
        let wrong = [
            ("no journal", judge(11, &[])),
            (
                "not posted",
                judge(11, &[journal("us-1001-1", "12.00", "U")]),
            ),
            (
                "money due",
                judge(11, &[journal("us-1001-1", "11.00", "P")]),
            ),
            (
                "does not balance",
                judge(11, &[journal("us-1001-1", "11.00", "P")]),
            ),
            (
                "should not be booked",
                judge(1, &[journal("us-1001-1", "12.00", "P")]),
            ),
            (
                "knows nothing",
                judge(1, &[journal("us-1002-1", "12.00", "P")]),
            ),
            ("nobody's", judge(1, &[journal("eu-1001-1", "12.00", "P")])),
        ];
        for (say, problems) in wrong {
            assert!(
                problems.iter().any(|it| it.contains(say)),
                "{say}: {problems:?}"
            );
        }
    }

    #[test]
    fn a_double_is_found_under_the_same_name_and_under_the_next() {
        let first = journal("us-1001-1", "12.00", "P");
        let same = judge(11, &[first.clone(), first.clone()]);
        assert!(same[0].contains("twice"), "{same:?}");
        let next = judge(11, &[first, journal("us-1001-2", "12.00", "P")]);
        assert!(next[0].contains("[1, 2]"), "{next:?}");
    }
}
