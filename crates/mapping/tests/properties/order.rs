//! Orders as a store makes them: prices, discounts and tax of a plan become the
//! columns that it reports.

use proptest::prelude::*;
use rust_decimal::Decimal;
use schemas::{
    Amount, ChargeClasses, Currency, Discount, DiscountTarget, Fee, LineKind, OrderId, OrderLine,
    OrderSnapshot, TaxLine, Taxed,
};

/// What an order is made from. Prices are in hundredths of a minor unit, which is
/// finer than the currency; `fine` says whether they are left so.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    currency: &'static str,
    tax_inclusive: bool,
    fine: bool,
    /// In hundredths of a per cent.
    tax_rate: u32,
    status: u32,
    lines: Vec<LinePlan>,
    shipping: u32,
    handling: u32,
    wrapping: u32,
    fees: Vec<u32>,
    /// What the total is off by, in minor units.
    noise: i64,
    /// Per cent of the total.
    store_credit: u32,
    gift_certificate: u32,
}

#[derive(Debug, Clone)]
struct LinePlan {
    kind: LineKind,
    quantity: u64,
    /// Per cent of the pieces.
    shipped: u64,
    price: u32,
    /// Per cent.
    discount: u32,
    coupon: bool,
    category: u64,
    is_taxed: bool,
    /// Older answers do not say what a line costs after discounts.
    says_discounted: bool,
}

pub(crate) fn plan() -> impl Strategy<Value = Plan> {
    let head = (
        prop::sample::select(vec!["USD", "EUR", "JPY", "KWD"]),
        any::<bool>(),
        prop::bool::weighted(0.2),
        0u32..3000,
        prop::sample::select(vec![11u32, 9, 8, 3, 2, 10, 14, 4, 13]),
        prop::collection::vec(line(), 1..5),
    );
    let charge = || prop_oneof![2 => Just(0u32), 1 => 1u32..500_000];
    let rest = (
        charge(),
        charge(),
        charge(),
        prop::collection::vec(charge(), 0..3),
        prop_oneof![6 => Just(0i64), 1 => -1i64..2],
        prop_oneof![3 => Just(0u32), 1 => 0u32..60, 1 => Just(100u32)],
        prop_oneof![3 => Just(0u32), 1 => 0u32..40],
    );
    (head, rest).prop_map(|(head, rest)| {
        let (currency, tax_inclusive, fine, tax_rate, status, lines) = head;
        let (shipping, handling, wrapping, fees, noise, store_credit, gift_certificate) = rest;
        Plan {
            currency,
            tax_inclusive,
            fine,
            tax_rate,
            status,
            lines,
            shipping,
            handling,
            wrapping,
            fees,
            noise,
            store_credit,
            gift_certificate: gift_certificate.min(100 - store_credit),
        }
    })
}

fn line() -> impl Strategy<Value = LinePlan> {
    (
        prop_oneof![
            6 => Just(LineKind::Physical),
            1 => Just(LineKind::Digital),
            1 => Just(LineKind::GiftCertificate),
        ],
        1u64..9,
        prop_oneof![Just(0u64), 0u64..=100, Just(100u64)],
        prop_oneof![1 => Just(0u32), 12 => 1u32..3_000_000],
        prop_oneof![2 => Just(0u32), 2 => 1u32..100, 1 => Just(100u32)],
        any::<bool>(),
        prop::sample::select(vec![20u64, 21, 22]),
        prop::bool::weighted(0.8),
        prop::bool::weighted(0.8),
    )
        .prop_map(|it| LinePlan {
            kind: it.0,
            quantity: it.1,
            shipped: it.2,
            price: it.3,
            discount: it.4,
            coupon: it.5,
            category: it.6,
            is_taxed: it.7 && it.0 != LineKind::GiftCertificate,
            says_discounted: it.8,
        })
}

impl Plan {
    /// Whether every amount is whole minor units, so that nothing is left over.
    pub(crate) fn is_exact(&self) -> bool {
        !self.fine && self.noise == 0
    }

    pub(crate) fn order(&self) -> OrderSnapshot {
        let currency = Currency::from_code(self.currency).expect("a currency");
        let lines: Vec<OrderLine> = (1u64..)
            .zip(&self.lines)
            .map(|(id, it)| self.line(id, it))
            .collect();
        let charge = |price: u32| self.cost(self.money(price.into()), true);
        let [shipping, handling, wrapping] =
            [self.shipping, self.handling, self.wrapping].map(charge);
        let fees: Vec<Fee> = (1..)
            .zip(&self.fees)
            .map(|(fee, price)| Fee {
                fee,
                kind: "custom_fee".to_owned(),
                cost: charge(*price),
                tax_class: Some(1 + fee % 2),
            })
            .collect();
        let charges = [&shipping, &handling, &wrapping].into_iter();
        let charges: Vec<Taxed> = charges
            .chain(fees.iter().map(|fee| &fee.cost))
            .copied()
            .collect();

        let tax: Decimal = lines
            .iter()
            .map(|it| it.total.tax.decimal())
            .sum::<Decimal>()
            + charges.iter().map(|it| it.tax.decimal()).sum::<Decimal>();
        let gross: Decimal = lines.iter().map(|it| self.discounted(it)).sum::<Decimal>()
            + charges
                .iter()
                .map(|it| it.inc_tax.decimal())
                .sum::<Decimal>();
        let minor = Decimal::new(1, currency.exponent());
        let tax = self.rounded(tax);
        let total = (self.rounded(gross) + minor * Decimal::from(self.noise)).max(tax);
        let share = |per_cent: u32| {
            let exact = total * Decimal::from(per_cent) / Decimal::ONE_HUNDRED;
            Amount::from(exact.trunc_with_scale(currency.exponent()))
        };
        OrderSnapshot {
            store: "us".parse().expect("a store"),
            order: OrderId(1001),
            channel: 1,
            status: self.status,
            payment_status: String::new(),
            payment_method: "Credit Card".to_owned(),
            payment_provider: String::new(),
            currency,
            tax_inclusive: self.tax_inclusive,
            created: "2026-11-02T15:00:00Z".parse().expect("a timestamp"),
            modified: "2026-11-02T15:00:00Z".parse().expect("a timestamp"),
            shipped: None,
            archived: false,
            external_source: String::new(),
            country: "US".to_owned(),
            region: String::new(),
            subtotal: Taxed::default(),
            shipping,
            handling,
            wrapping,
            total: Taxed {
                ex_tax: Amount::from(total - tax),
                inc_tax: Amount::from(total),
                tax: Amount::from(tax),
            },
            discount: Amount::ZERO,
            coupon_discount: Amount::ZERO,
            store_credit: share(self.store_credit),
            gift_certificate: share(self.gift_certificate),
            fees,
            lines,
            consignments: Vec::new(),
            taxes: self.taxes(tax),
            customer_group: None,
            refunded: None,
            charge_classes: ChargeClasses {
                shipping: Some(2),
                handling: Some(1),
                wrapping: None,
            },
        }
    }

    /// Two rates that come to the tax, of which the first is rounded.
    fn taxes(&self, tax: Decimal) -> Vec<TaxLine> {
        let state = self.rounded(tax * Decimal::new(6, 1));
        let rate = |name: &str, amount: Decimal| TaxLine {
            name: name.to_owned(),
            rate: Amount::from(Decimal::ONE),
            amount: Amount::from(amount),
            line: None,
        };
        vec![rate("State", state), rate("City", tax - state)]
    }

    fn line(&self, id: u64, plan: &LinePlan) -> OrderLine {
        let price = self.money(u64::from(plan.price) * plan.quantity);
        let off = price * Decimal::from(plan.discount) / Decimal::ONE_HUNDRED;
        let off = if self.fine {
            off.round_dp(4)
        } else {
            self.rounded(off)
        };
        let paid = self.cost(price - off, plan.is_taxed);
        let before = self.cost(price, plan.is_taxed);
        let discount = Discount {
            id: "1".to_owned(),
            amount: Amount::from(off),
            target: if plan.coupon {
                DiscountTarget::Order
            } else {
                DiscountTarget::Product
            },
            coupon: plan.coupon,
        };
        OrderLine {
            line: id,
            product: 500 + id,
            variant: None,
            sku: format!("SKU-{id}"),
            kind: plan.kind,
            quantity: plan.quantity,
            quantity_shipped: plan.quantity * plan.shipped / 100,
            quantity_refunded: 0,
            total: Taxed {
                tax: paid.tax,
                ..before
            },
            discounted_inc_tax: plan.says_discounted.then_some(paid.inc_tax),
            discounts: Vec::from_iter((!off.is_zero()).then_some(discount)),
            wrapping: Taxed::default(),
            address: Some(1),
            pickup: None,
            parent: None,
            categories: vec![plan.category],
            parent_categories: Vec::new(),
            brand: String::new(),
            tax_class: Some(plan.category - 20),
        }
    }

    /// A price, as entered, in its three columns.
    fn cost(&self, price: Decimal, is_taxed: bool) -> Taxed {
        let rate = Decimal::new(if is_taxed { self.tax_rate.into() } else { 0 }, 4);
        let (ex_tax, tax, inc_tax) = if self.tax_inclusive {
            let tax = self.rounded(price * rate / (Decimal::ONE + rate));
            // The store's estimate has four decimals.
            ((price / (Decimal::ONE + rate)).round_dp(4), tax, price)
        } else {
            let tax = self.rounded(price * rate);
            (price, tax, price + tax)
        };
        Taxed {
            ex_tax: Amount::from(ex_tax),
            inc_tax: Amount::from(inc_tax),
            tax: Amount::from(tax),
        }
    }

    /// A price of hundredths of a minor unit, in the currency.
    fn money(&self, hundredths: u64) -> Decimal {
        let exponent = self.exponent();
        let exact = Decimal::from(hundredths) / Decimal::from(10u64.pow(exponent + 2));
        if self.fine {
            exact.round_dp(4)
        } else {
            self.rounded(exact)
        }
    }

    fn rounded(&self, exact: Decimal) -> Decimal {
        let half_up = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
        exact.round_dp_with_strategy(self.exponent(), half_up)
    }

    fn exponent(&self) -> u32 {
        Currency::from_code(self.currency)
            .expect("a currency")
            .exponent()
    }

    /// What a line costs after discounts, with tax, whether the store says it or not.
    fn discounted(&self, line: &OrderLine) -> Decimal {
        let off: Decimal = line.discounts.iter().map(|it| it.amount.decimal()).sum();
        let total = &line.total;
        if self.tax_inclusive {
            total.inc_tax.decimal() - off
        } else {
            total.ex_tax.decimal() + total.tax.decimal() - off
        }
    }
}
