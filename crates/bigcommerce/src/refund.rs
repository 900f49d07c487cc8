//! Refunds as the store answers them.

use schemas::{Amount, Digest, OrderId, RefundId, RefundItem, RefundPayment, RefundSnapshot};
use serde_json::value::RawValue;

use crate::{
    Malformed,
    json::{self, Fields, Read},
};

/// A refund (`/v3/orders/payment_actions/refunds`, orders.v3). The free text of its reasons is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// What it says, its amounts as exact as the store reports them. They are in the
    /// order's currency: a refund names none.
    pub snapshot: RefundSnapshot,
    /// SHA-256 of the refund as it stood in the answer.
    pub body: Digest,
}

impl Refund {
    /// Reads one refund of an answer. The error names the refund where it can.
    pub fn read(raw: &RawValue) -> Result<Refund, Malformed> {
        let body = json::digest(raw);
        let fields = Fields::record(raw).map_err(|malformed| Malformed {
            body: Some(body.clone()),
            ..malformed
        })?;
        match snapshot(&fields) {
            Ok(snapshot) => Ok(Refund { snapshot, body }),
            Err(malformed) => Err(Malformed {
                order: fields.count("order_id").ok().map(OrderId),
                refund: fields.count("id").ok().map(RefundId),
                modified: fields.time("created").ok(),
                body: Some(body),
                ..malformed
            }),
        }
    }
}

fn snapshot(fields: &Fields) -> Read<RefundSnapshot> {
    Ok(RefundSnapshot {
        refund: RefundId(fields.count("id")?),
        order: OrderId(fields.count("order_id")?),
        created: fields.time("created")?,
        total: fields.amount("total_amount")?,
        tax: fields.amount("total_tax")?,
        merchant_override: fields.flag_or("uses_merchant_override_values", false)?,
        items: fields
            .objects("items")?
            .iter()
            .map(item)
            .collect::<Read<_>>()?,
        payments: fields
            .objects("payments")?
            .iter()
            .map(payment)
            .collect::<Read<_>>()?,
    })
}

fn item(fields: &Fields) -> Read<RefundItem> {
    Ok(RefundItem {
        kind: fields.text("item_type")?,
        item: fields.count("item_id")?,
        quantity: fields.count_or_none("quantity")?,
        requested: fields.amount_or_none("requested_amount")?,
        adjustments: fields
            .objects("adjustments")?
            .iter()
            .map(|adjustment| adjustment.amount("amount"))
            .collect::<Read<Vec<Amount>>>()?,
    })
}

fn payment(fields: &Fields) -> Read<RefundPayment> {
    Ok(RefundPayment {
        provider: fields.text("provider_id")?,
        amount: fields.amount("amount")?,
        offline: fields.flag_or("offline", false)?,
        declined: fields.flag_or("is_declined", false)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUND: &str = r#"{"id":7,"order_id":1001,"user_id":3,"created":"2026-11-20T10:00:00+00:00",
        "reason":"Jane did not like it","total_amount":12.10,"total_tax":-0.5,
        "uses_merchant_override_values":false,
        "items":[{"item_type":"PRODUCT","item_id":5,"quantity":1,"requested_amount":"10.0000","reason":"",
                  "adjustments":[{"amount":-1.25,"description":"restocking"}]},
                 {"item_type":"ORDER","item_id":1001,"quantity":null,"requested_amount":null,"adjustments":[]}],
        "payments":[{"id":1,"provider_id":"storecredit","amount":12.1,"offline":false,"is_declined":false,"declined_message":""}]}"#;

    fn read(json: &str) -> Read<Refund> {
        Refund::read(&RawValue::from_string(json.to_owned()).unwrap())
    }

    #[test]
    fn numbers_and_strings_are_the_same_money() {
        let refund = read(REFUND).unwrap().snapshot;
        assert_eq!(refund.total.to_string(), "12.1");
        assert_eq!(refund.tax.to_string(), "-0.5");
        assert_eq!(refund.items[0].requested.unwrap().to_string(), "10");
        assert_eq!(refund.items[0].adjustments[0].to_string(), "-1.25");
        assert_eq!(refund.items[1].quantity, None);
        assert_eq!(refund.payments[0].provider, "storecredit");
    }

    #[test]
    fn the_error_names_refund_order_and_field() {
        let error = read(&REFUND.replace("12.10", "\"a lot\"")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "refund 7 of order 1001: field `total_amount` should be an amount, but is `\"a lot\"`"
        );
    }

    #[test]
    fn free_text_is_not_kept() {
        let refund = read(REFUND).unwrap();
        assert!(!format!("{refund:?}").contains("Jane"));
    }
}
