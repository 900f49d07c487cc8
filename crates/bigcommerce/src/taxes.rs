//! The tax of an order by rate, as `/orders/{id}/taxes?details=true` answers it.

use schemas::{OrderId, TaxLine};
use serde_json::value::RawValue;

use crate::{
    Malformed,
    json::{Fields, Read},
};

/// The tax of one rate on a part of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderTax {
    /// The order that it is a part of.
    pub order: OrderId,
    /// The rate, and its tax (`line_amount`) in the order's currency.
    pub tax: TaxLine,
}

impl OrderTax {
    /// Reads one record of an answer. The error names the order where it can.
    pub fn read(raw: &RawValue) -> Result<OrderTax, Malformed> {
        let fields = Fields::record(raw)?;
        read(&fields).map_err(|malformed| Malformed {
            order: fields.count("order_id").ok().map(OrderId),
            ..malformed.beneath("taxes")
        })
    }

    /// The same, where the order is known: the error names only the field.
    pub(crate) fn read_record(raw: &RawValue) -> Result<OrderTax, Malformed> {
        read(&Fields::record(raw)?)
    }
}

fn read(fields: &Fields) -> Read<OrderTax> {
    // Gift wrapping names its product, too, and is no part of its line.
    let line = match fields.text("line_item_type")?.as_str() {
        "item" => fields
            .count_or_none("order_product_id")?
            .filter(|&id| id != 0),
        _ => None,
    };
    Ok(OrderTax {
        order: OrderId(fields.count("order_id")?),
        tax: TaxLine {
            name: fields.text("name")?,
            rate: fields.amount("rate")?,
            amount: fields.amount("line_amount")?,
            line,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAX: &str = r#"{"id":34,"order_id":1001,"order_address_id":12,"tax_rate_id":1,"tax_class_id":0,
        "name":"State","class":"Default Tax Class","rate":"6.2500","priority":1,"priority_amount":"1.5000",
        "line_amount":"1.2500","order_product_id":"5","line_item_type":"item"}"#;

    fn read(json: &str) -> Result<OrderTax, Malformed> {
        OrderTax::read(&RawValue::from_string(json.to_owned()).unwrap())
    }

    #[test]
    fn the_amount_is_that_of_the_line_and_not_of_the_priority() {
        let tax = read(TAX).unwrap();
        assert_eq!((tax.order, tax.tax.line), (OrderId(1001), Some(5)));
        assert_eq!(tax.tax.amount.to_string(), "1.25");
        assert_eq!(tax.tax.rate.to_string(), "6.25");
    }

    #[test]
    fn what_is_not_on_a_line_has_none() {
        for (id, kind) in [("", "shipping"), ("5", "gift-wrapping"), ("", "handling")] {
            let json = TAX
                .replace("\"5\"", &format!("\"{id}\""))
                .replace("\"item\"", &format!("\"{kind}\""));
            assert_eq!(read(&json).unwrap().tax.line, None, "{kind}");
        }
    }

    #[test]
    fn the_error_names_order_and_field() {
        let error = read(&TAX.replace("1.2500", "much")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "order 1001: field `taxes.line_amount` should be an amount, but is `\"much\"`"
        );
    }
}
