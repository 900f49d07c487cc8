//! Refunds: the lists and the single one, which differ in small ways.

use serde::Serialize;

use super::{Number, Text, iso8601};
use crate::store::amount::Styled;
use crate::store::order::PaymentMethod;
use crate::store::refund::{Refund, RefundItem, RefundPayment};
use crate::store::{Amount, MoneyStyle};

/// Whether a refund is read alone or in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// In a list: `requested_amount` is a number or null.
    Listed,
    /// Alone: `requested_amount` is a string or null.
    Single,
}

/// A refund.
#[derive(Debug, Serialize)]
pub struct RefundBody<'a> {
    id: u32,
    order_id: u32,
    user_id: u32,
    created: String,
    reason: &'a str,
    total_amount: Number,
    total_tax: Number,
    uses_merchant_override_values: bool,
    items: Vec<ItemBody<'a>>,
    payments: Vec<PaymentBody<'a>>,
}

#[derive(Debug, Serialize)]
struct ItemBody<'a> {
    item_type: &'a str,
    item_id: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<u32>,
    requested_amount: Option<Requested>,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    adjustments: Option<[(); 0]>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Requested {
    Number(Number),
    Text(Text<Styled>),
}

#[derive(Debug, Serialize)]
struct PaymentBody<'a> {
    id: u32,
    provider_id: &'a str,
    amount: Number,
    offline: bool,
    is_declined: bool,
    declined_message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<String>,
}

impl<'a> RefundBody<'a> {
    /// A refund in one of its forms.
    #[must_use]
    pub fn of(refund: &'a Refund, form: Form) -> Self {
        Self {
            id: refund.id,
            order_id: refund.order_id,
            user_id: 51,
            created: iso8601(refund.created),
            reason: &refund.reason,
            total_amount: Number(refund.total),
            total_tax: Number(refund.tax),
            uses_merchant_override_values: false,
            items: refund.items.iter().map(|i| item(i, form)).collect(),
            payments: refund
                .payments
                .iter()
                .map(|p| payment(p, refund, form))
                .collect(),
        }
    }
}

fn item(item: &RefundItem, form: Form) -> ItemBody<'_> {
    let product = item.requested.is_none();
    ItemBody {
        item_type: item.kind.name(),
        item_id: item.item_id,
        quantity: product.then_some(item.quantity),
        requested_amount: item.requested.map(|amount| requested(amount, form)),
        reason: "",
        adjustments: (product && form == Form::Listed).then_some([]),
    }
}

fn requested(amount: Amount, form: Form) -> Requested {
    match form {
        Form::Listed => Requested::Number(Number(amount)),
        Form::Single => Requested::Text(Text(Styled(amount, MoneyStyle::TwoPlaces))),
    }
}

fn payment<'a>(payment: &RefundPayment, refund: &Refund, form: Form) -> PaymentBody<'a> {
    PaymentBody {
        id: payment.id,
        provider_id: payment.via.gateway(),
        amount: Number(payment.amount),
        offline: payment.via == PaymentMethod::BankDeposit,
        is_declined: refund.declined,
        declined_message: if refund.declined {
            "insufficient funds"
        } else {
            ""
        },
        transaction_id: (form == Form::Listed).then(|| payment.id.to_string()),
    }
}
