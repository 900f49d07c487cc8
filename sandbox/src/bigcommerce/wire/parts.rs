//! Parts of an order with paths of their own: fees, taxes, coupons, shipping
//! addresses, transactions.

use serde::Serialize;

use super::{Link, Money, Number, Text, iso8601};
use crate::store::amount::Styled;
use crate::store::order::{
    Coupon, Delivery, Fee, LineKind, Order, PaymentMethod, TaxRow, Taxable, Transaction,
};
use crate::store::{Amount, MoneyStyle};

/// The field `fees` of an order: a link unless included.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum FeesBody<'a> {
    /// Not included.
    Link(Link),
    /// Included.
    List(Vec<FeeBody<'a>>),
}

/// A fee.
#[derive(Debug, Serialize)]
pub struct FeeBody<'a> {
    id: u32,
    r#type: &'a str,
    display_name_customer: &'a str,
    display_name_merchant: &'a str,
    source: &'a str,
    base_cost: Money,
    cost_ex_tax: Money,
    cost_inc_tax: Money,
    cost_tax: Money,
    tax_class_id: Option<u32>,
}

impl<'a> FeeBody<'a> {
    /// A fee of `order`.
    #[must_use]
    pub fn of(order: &Order, fee: &'a Fee) -> Self {
        let money = |amount| Money(amount, order.style);
        Self {
            id: fee.id,
            r#type: "custom_fee",
            display_name_customer: fee.name,
            display_name_merchant: fee.name,
            source: "checkout",
            base_cost: money(fee.charge.base),
            cost_ex_tax: money(fee.charge.cost.ex),
            cost_inc_tax: money(fee.charge.cost.inc),
            cost_tax: money(fee.charge.cost.tax),
            tax_class_id: None,
        }
    }
}

/// A row of `/v2/orders/{id}/taxes`.
#[derive(Debug, Serialize)]
pub struct TaxBody<'a> {
    id: u32,
    order_id: u32,
    order_address_id: u32,
    tax_rate_id: u32,
    sales_tax_id: &'a str,
    tax_class_id: u32,
    name: &'a str,
    class: &'a str,
    rate: String,
    priority: u32,
    priority_amount: Money,
    line_amount: Money,
    order_pickup_method_id: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_product_id: Option<Text<u32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line_item_type: Option<&'a str>,
}

/// The tax rows of an order: one for each thing taxed with details, otherwise
/// one for each jurisdiction and tax class.
#[must_use]
pub fn taxes(order: &Order, details: bool) -> Vec<TaxBody<'_>> {
    let rows = if details {
        order.taxes.clone()
    } else {
        summed(&order.taxes)
    };
    rows.iter()
        .zip(1..)
        .map(|(row, place)| tax(order, row, place, details))
        .collect()
}

fn summed(rows: &[TaxRow]) -> Vec<TaxRow> {
    let mut sums: Vec<TaxRow> = Vec::new();
    for row in rows {
        let same = |s: &&mut TaxRow| s.jurisdiction == row.jurisdiction && s.class == row.class;
        match sums.iter_mut().find(same) {
            Some(sum) => sum.amount += row.amount,
            None => sums.push(*row),
        }
    }
    sums
}

fn tax<'a>(order: &'a Order, row: &TaxRow, place: u32, details: bool) -> TaxBody<'a> {
    let jurisdiction = &order.jurisdictions[row.jurisdiction];
    let (kind, product) = match row.on {
        Taxable::Item(id) => ("item", id),
        Taxable::Shipping => ("shipping", 0),
        Taxable::Handling => ("handling", 0),
        Taxable::Wrapping(id) => ("gift-wrapping", id),
    };
    // A rate in percent has four decimals, as an amount of that many cents has.
    let rate = Amount::cents(jurisdiction.rate(row.class)).scaled(1, 10_000);
    TaxBody {
        id: order.id * 1_000 + place,
        order_id: order.id,
        order_address_id: if order.delivery == Delivery::Shipping {
            order.delivery_id
        } else {
            0
        },
        tax_rate_id: 1 + row.jurisdiction as u32,
        sales_tax_id: &jurisdiction.sales_tax_id,
        tax_class_id: row.class.id(),
        name: &jurisdiction.name,
        class: if order.external_tax {
            "Automatic Tax"
        } else {
            "Default Tax Class"
        },
        rate: Styled(rate, MoneyStyle::FourPlaces).to_string(),
        priority: row.jurisdiction as u32,
        priority_amount: Money(row.amount, order.style),
        line_amount: Money(row.amount, order.style),
        order_pickup_method_id: if order.delivery == Delivery::Pickup {
            order.delivery_id
        } else {
            0
        },
        order_product_id: details.then_some(Text(product)),
        line_item_type: details.then_some(kind),
    }
}

/// A coupon used on an order.
#[derive(Debug, Serialize)]
pub struct CouponBody<'a> {
    id: u32,
    coupon_id: u32,
    order_id: u32,
    code: &'a str,
    amount: Number,
    r#type: u8,
    discount: Number,
}

impl<'a> CouponBody<'a> {
    /// A coupon of `order`.
    #[must_use]
    pub fn of(order: &Order, coupon: &'a Coupon) -> Self {
        Self {
            id: coupon.id,
            coupon_id: coupon.coupon_id,
            order_id: order.id,
            code: &coupon.code,
            amount: Number(coupon.amount),
            r#type: coupon.kind,
            discount: Number(coupon.discount),
        }
    }
}

/// A row of `/v2/orders/{id}/shipping_addresses`: strings where consignments have numbers.
#[derive(Debug, Serialize)]
pub struct ShippingAddressBody<'a> {
    id: u32,
    order_id: u32,
    first_name: &'a str,
    last_name: &'a str,
    company: &'a str,
    street_1: &'a str,
    street_2: &'a str,
    city: &'a str,
    zip: &'a str,
    country: &'a str,
    country_iso2: &'a str,
    state: &'a str,
    email: &'a str,
    phone: &'a str,
    items_total: u32,
    items_shipped: u32,
    shipping_method: &'a str,
    base_cost: Money,
    cost_ex_tax: Money,
    cost_inc_tax: Money,
    cost_tax: Money,
    cost_tax_class_id: u32,
    base_handling_cost: Money,
    handling_cost_ex_tax: Money,
    handling_cost_inc_tax: Money,
    handling_cost_tax: Money,
    handling_cost_tax_class_id: u32,
    shipping_zone_id: u32,
    shipping_zone_name: &'a str,
    shipping_quotes: Link,
    form_fields: [(); 0],
}

impl<'a> ShippingAddressBody<'a> {
    /// The shipping address of an order that is shipped.
    #[must_use]
    pub fn of(hash: &str, order: &'a Order) -> Option<Self> {
        let money = |amount| Money(amount, order.style);
        let (to, who) = (&order.destination, &order.customer);
        let (ship, handle) = (order.shipping, order.handling);
        let physical = order.lines.iter().filter(|l| l.kind == LineKind::Physical);
        let units = physical.map(|l| l.quantity).sum();
        let quotes = format!(
            "/orders/{0}/shippingaddresses/{1}/shippingquotes",
            order.id, order.delivery_id
        );
        (order.delivery == Delivery::Shipping).then(|| Self {
            id: order.delivery_id,
            order_id: order.id,
            first_name: &who.first_name,
            last_name: &who.last_name,
            company: "",
            street_1: &to.street,
            street_2: "",
            city: &to.city,
            zip: &to.zip,
            country: to.country.1,
            country_iso2: to.country.0,
            state: &to.state,
            email: &who.email,
            phone: &who.phone,
            items_total: units,
            items_shipped: if order.shipped.is_some() { units } else { 0 },
            shipping_method: if ship.base.is_zero() {
                "Free Shipping"
            } else {
                "Flat Rate"
            },
            base_cost: money(ship.base),
            cost_ex_tax: money(ship.cost.ex),
            cost_inc_tax: money(ship.cost.inc),
            cost_tax: money(ship.cost.tax),
            cost_tax_class_id: 2,
            base_handling_cost: money(handle.base),
            handling_cost_ex_tax: money(handle.cost.ex),
            handling_cost_inc_tax: money(handle.cost.inc),
            handling_cost_tax: money(handle.cost.tax),
            handling_cost_tax_class_id: 2,
            shipping_zone_id: 1,
            shipping_zone_name: to.country.1,
            shipping_quotes: Link::v2(hash, quotes),
            form_fields: [],
        })
    }
}

/// A transaction of `/v3/orders/{id}/transactions`.
#[derive(Debug, Serialize)]
pub struct TransactionBody<'a> {
    id: u32,
    order_id: Text<u32>,
    event: &'a str,
    method: &'a str,
    amount: Number,
    currency: &'a str,
    gateway: &'a str,
    gateway_transaction_id: String,
    payment_method_id: String,
    status: &'a str,
    test: bool,
    fraud_review: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_transaction_id: Option<u32>,
    date_created: String,
    offline: Option<Offline<'a>>,
    custom: Option<()>,
    gift_certificate: Option<CertificateBody<'a>>,
    store_credit: Option<CreditBody>,
}

#[derive(Debug, Serialize)]
struct Offline<'a> {
    display_name: &'a str,
}

#[derive(Debug, Serialize)]
struct CertificateBody<'a> {
    code: &'a str,
    original_balance: Number,
    starting_balance: Number,
    remaining_balance: Number,
    status: &'a str,
}

#[derive(Debug, Serialize)]
struct CreditBody {
    remaining_balance: Number,
}

impl<'a> TransactionBody<'a> {
    /// A transaction of `order`.
    #[must_use]
    pub fn of(order: &'a Order, transaction: &Transaction) -> Self {
        let Transaction {
            id, via, amount, ..
        } = *transaction;
        Self {
            id,
            order_id: Text(order.id),
            event: transaction.event,
            method: match via {
                PaymentMethod::CreditCard => "credit_card",
                PaymentMethod::PayPal => "electronic_wallet",
                PaymentMethod::BankDeposit => "offline",
                PaymentMethod::Klarna => "offsite",
                PaymentMethod::StoreCredit => "store_credit",
                PaymentMethod::GiftCertificate => "gift_certificate",
            },
            amount: Number(amount),
            currency: order.currency,
            gateway: via.gateway(),
            gateway_transaction_id: format!("sbx{id:08}"),
            payment_method_id: format!(
                "{}.{}",
                via.gateway(),
                via.name().to_lowercase().replace(' ', "_")
            ),
            status: "ok",
            test: false,
            fraud_review: false,
            reference_transaction_id: transaction.reference,
            date_created: iso8601(transaction.at),
            offline: (via == PaymentMethod::BankDeposit).then_some(Offline {
                display_name: via.name(),
            }),
            custom: None,
            gift_certificate: (via == PaymentMethod::GiftCertificate).then_some(CertificateBody {
                code: "SBX-GIFT",
                original_balance: Number(amount),
                starting_balance: Number(amount),
                remaining_balance: Number(Amount::ZERO),
                status: "active",
            }),
            store_credit: (via == PaymentMethod::StoreCredit).then_some(CreditBody {
                remaining_balance: Number(Amount::ZERO),
            }),
        }
    }
}
