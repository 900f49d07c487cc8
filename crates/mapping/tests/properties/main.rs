//! What holds for every order and every refund, on generated ones.
//!
//! `COUNTERFOIL_PROPERTY_CASES` sets how many; `make properties CASES=1000000`
//! runs a million of them optimised. A failure is printed with its smallest case
//! and kept beside this file, in `regressions.txt`, which the next run begins with.

#![allow(
    clippy::disallowed_methods,
    reason = "a run is told by the environment how many cases to try"
)]

mod deferral;
mod order;
mod refund;

use std::{collections::BTreeMap, sync::LazyLock};

use mapping::{Problem, RuleSet, map_order, map_refund};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{FileFailurePersistence, TestRunner},
};
use schemas::{Account, Digest, Mapped, Money, OrderSnapshot, RefundReceived, Role, Side};

const RULES: &str = include_str!("../situations/rules.toml");

/// Ways to book, as what they replace in the common rules by what.
static WAYS: LazyLock<Vec<Way>> = LazyLock::new(|| {
    let on_shipment = ("\"on_payment\"", "\"on_shipment\"");
    let net = ("\"separate\"", "\"net\"");
    let imputed = ("\"as_reported\"", "\"imputed\"");
    let by_rate = ("ledger = \"us\"", "ledger = \"us\"\ntax_by_rate = true");
    let city = ("[[routes]]", CITY);
    let by_class = ("[[routes]]", BY_CLASS);
    vec![
        Way::of(&[]),
        Way::of(&[net]),
        Way::of(&[by_rate, city]),
        Way::of(&[on_shipment]),
        Way::of(&[on_shipment, net, by_rate, city]),
        Way::of(&[imputed]),
        Way::of(&[by_class]),
        Way::of(&[by_class, imputed]),
        Way::of(&[by_class, by_rate, city]),
    ]
});

const CITY: &str = r#"
[[accounts]]
name = "city tax"
role = "tax"
match = { tax_rate = "City" }
segments = { account = "21520", product = "000" }

[[routes]]"#;

/// Tax by the classes of lines and charges; one rule looks at a line by a condition.
const BY_CLASS: &str = r#"
[[accounts]]
name = "reduced tax"
role = "tax"
match = { tax_class = 1 }
segments = { account = "21530", product = "000" }

[[accounts]]
name = "tax on charges"
role = "tax"
match = { tax_class = [2, 3] }
segments = { account = "21540", product = "000" }

[[accounts]]
name = "tax on many"
role = "tax"
match = { when = "line.quantity > 5" }
segments = { account = "21550", product = "000" }

[[routes]]"#;

/// Revenue waits for its shipment.
static ON_SHIPMENT: LazyLock<Way> =
    LazyLock::new(|| Way::of(&[("\"on_payment\"", "\"on_shipment\"")]));

struct Way {
    rules: RuleSet,
    imputed: bool,
}

impl Way {
    fn of(changes: &[(&str, &str)]) -> Way {
        let mut text = RULES.to_owned();
        for (from, to) in changes {
            assert!(
                text.contains(from),
                "the common rules no longer have {from}"
            );
            text = text.replacen(from, to, 1);
        }
        Way {
            imputed: text.contains("\"imputed\""),
            rules: RuleSet::parse(&text, "rules.toml").expect("the rules are usable"),
        }
    }
}

fn cases() -> u32 {
    let given = std::env::var("COUNTERFOIL_PROPERTY_CASES").ok();
    given.map_or(20_000, |cases| cases.parse().expect("a number of cases"))
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: cases(),
        max_global_rejects: u32::MAX,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/properties/regressions.txt"
        )))),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn orders_and_refunds_come_out(
        plan in order::plan(),
        refunds in refund::plans(),
        way in 0..WAYS.len(),
    ) {
        let way = &WAYS[way];
        let order = plan.order();
        let mapped = match map_order(&order, &way.rules) {
            Ok(mapped) => mapped,
            // Prices finer than the minor unit may be off by more than the limit.
            Err(Problem::DoesNotClose { .. } | Problem::TaxDoesNotClose { .. }) if !plan.is_exact() => {
                return Err(TestCaseError::reject("beyond the limit of rounding"));
            }
            Err(problem) => return Err(TestCaseError::fail(problem.to_string())),
        };
        whole_order(&order, &mapped, plan.is_exact())?;
        prop_assert_eq!(&mapped, &map_order(&order, &way.rules).unwrap());

        let full = refund::in_full(&order);
        let Some(full) = refunded(&full, way)? else { return Ok(()) };
        prop_assert_eq!(sum([&mapped, &full]), BTreeMap::new(), "a full refund leaves something");

        let refunds = refund::refunds(&refunds, &order, way.imputed);
        let last = &refunds.last().expect("one that completes the order").refund;
        if way.imputed && last.total.is_zero() {
            // The others took all of the money, and left tax that nothing can impute.
            return Ok(());
        }
        let mut parts = Vec::new();
        for received in &refunds {
            match refunded(received, way)? {
                Some(part) => parts.push(part),
                None => return Ok(()),
            }
        }
        prop_assert_eq!(sum(&parts), sum([&full]), "partial refunds do not come to the full one");

        let beyond = beyond(&order, &refund::in_full(&order));
        let parked = map_refund(&beyond, &way.rules);
        prop_assert!(matches!(parked, Err(Problem::RefundExceedsOrder { .. })), "{:?}", parked);
    }
}

/// The journal of an order comes to what the order says.
fn whole_order(
    order: &OrderSnapshot,
    mapped: &Mapped,
    is_exact: bool,
) -> Result<(), TestCaseError> {
    let minor = |amount| Money::round(amount, order.currency).unwrap().minor();
    let total = minor(order.total.inc_tax);
    balances(mapped)?;
    let net = |role: Role| credits(mapped, |it| it.role == role);
    let sold = credits(mapped, |it| {
        it.role == Role::GiftCertificate && it.memo != "Gift certificate used"
    });
    let used = credits(mapped, |it| {
        it.role == Role::GiftCertificate && it.memo == "Gift certificate used"
    });
    prop_assert_eq!(net(Role::Tax), minor(order.total.tax));
    prop_assert_eq!(-net(Role::StoreCredit), minor(order.store_credit));
    prop_assert_eq!(-used, minor(order.gift_certificate));
    prop_assert_eq!(-net(Role::Clearing) - net(Role::StoreCredit) - used, total);
    let earned: i64 = [
        Role::Revenue,
        Role::DeferredRevenue,
        Role::Discount,
        Role::Shipping,
        Role::Handling,
        Role::Wrapping,
        Role::Fee,
    ]
    .map(net)
    .iter()
    .sum();
    let rounding = net(Role::Rounding);
    prop_assert_eq!(earned + sold + rounding, total - minor(order.total.tax));
    prop_assert!(
        rounding.abs() <= if is_exact { 0 } else { 5 },
        "rounding of {}",
        rounding
    );
    prop_assert_eq!(net(Role::Suspense) + net(Role::Returns), 0);
    Ok(())
}

/// The journal of a refund, which comes to what the refund says; none if it is
/// parked because its items are worth nothing and it still takes something.
fn refunded(received: &RefundReceived, way: &Way) -> Result<Option<Mapped>, TestCaseError> {
    let mapped = match map_refund(received, &way.rules) {
        Ok(mapped) => mapped,
        Err(Problem::NothingToRefund { .. }) => return Ok(None),
        Err(problem) => return Err(TestCaseError::fail(problem.to_string())),
    };
    balances(&mapped)?;
    prop_assert_eq!(&mapped, &map_refund(received, &way.rules).unwrap());
    let refund = &received.refund;
    let minor = |amount| {
        Money::round(amount, received.order.currency)
            .unwrap()
            .minor()
    };
    if refund.payments.iter().any(|it| it.declined) {
        prop_assert!(mapped.journal.is_empty(), "it was declined");
        return Ok(Some(mapped));
    }
    let by = |provider: &str| -> i64 {
        let payments = refund.payments.iter();
        payments
            .filter(|it| it.provider == provider)
            .map(|it| minor(it.amount))
            .sum()
    };
    let tender = |role: Role, memo: &str| credits(&mapped, |it| it.role == role && it.memo == memo);
    prop_assert_eq!(tender(Role::Clearing, "Refund: Credit Card"), by("stripe"));
    prop_assert_eq!(
        tender(Role::StoreCredit, "Refund to store credit"),
        by("storecredit")
    );
    prop_assert_eq!(
        tender(Role::GiftCertificate, "Refund to gift certificate"),
        by("giftcertificate")
    );
    if !way.imputed {
        prop_assert_eq!(
            -credits(&mapped, |it| it.role == Role::Tax),
            minor(refund.tax)
        );
    }
    Ok(Some(mapped))
}

/// One minor unit more than the order, after all of it was refunded.
fn beyond(order: &OrderSnapshot, full: &RefundReceived) -> RefundReceived {
    let mut beyond = full.clone();
    beyond.earlier = vec![full.refund.clone()];
    beyond.refund.total = order.currency.minor(1).amount();
    beyond.refund.tax = order.currency.minor(1).amount();
    beyond.refund.payments.clear();
    beyond
}

fn balances(mapped: &Mapped) -> Result<(), TestCaseError> {
    prop_assert_eq!(credits(mapped, |_| true), 0, "it does not balance");
    prop_assert!(
        mapped
            .journal
            .lines()
            .iter()
            .all(|it| it.amount.minor() > 0)
    );
    Ok(())
}

/// Credits less debits, in minor units.
fn credits(mapped: &Mapped, of: impl Fn(&schemas::JournalLine) -> bool) -> i64 {
    let lines = mapped.journal.lines().iter().filter(|line| of(line));
    lines
        .map(|line| match line.side {
            Side::Debit => -line.amount.minor(),
            Side::Credit => line.amount.minor(),
        })
        .sum()
}

/// What journals come to together, by account.
fn sum<'a>(all: impl IntoIterator<Item = &'a Mapped>) -> BTreeMap<Account, i64> {
    let mut sum = BTreeMap::new();
    for mapped in all {
        for (account, minor) in mapped.journal.net_by_account() {
            *sum.entry(account).or_insert(0) += minor;
        }
    }
    sum.retain(|_, minor| *minor != 0);
    sum
}

fn bytes(mapped: &Mapped) -> Vec<u8> {
    serde_json::to_vec(mapped).expect("a mapped order can be written")
}

/// The same orders and refunds give the same bytes in every process: another
/// one wrote down what they come to.
#[test]
fn a_fixed_corpus_gives_the_bytes_that_were_written_down() {
    let mut runner = TestRunner::deterministic();
    let corpus = (order::plan(), refund::plans(), 0..WAYS.len());
    let mut all = Vec::new();
    for _ in 0..1_000 {
        let (plan, refunds, way) = corpus.new_tree(&mut runner).unwrap().current();
        let (order, way) = (plan.order(), &WAYS[way]);
        match map_order(&order, &way.rules) {
            Ok(mapped) => all.extend(bytes(&mapped)),
            Err(problem) => all.extend(problem.to_string().bytes()),
        }
        for received in refund::refunds(&refunds, &order, way.imputed) {
            match map_refund(&received, &way.rules) {
                Ok(mapped) => all.extend(bytes(&mapped)),
                Err(problem) => all.extend(problem.to_string().bytes()),
            }
        }
    }
    let digest = format!("{}\n", Digest::of(&all));
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/properties/corpus.sha256"
    );
    if std::env::var_os("UPDATE_CORPUS").is_some() {
        std::fs::write(file, &digest).expect("the file can be written");
    }
    assert_eq!(
        digest,
        std::fs::read_to_string(file).unwrap_or_default(),
        "the mapping of the corpus changed; if it was meant to, raise ENGINE and run with UPDATE_CORPUS=1"
    );
}
