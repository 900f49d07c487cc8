//! What a rule can look at when it chooses an account.

use jiff::civil::Date;
use schemas::{ConsignmentKind, OrderLine, OrderSnapshot};

/// The order, and where it applies the line, that an account is chosen for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    pub order: &'a OrderSnapshot,
    pub line: Option<&'a OrderLine>,
    /// The tax class of a charge, which is no line's.
    charge_class: Option<u64>,
    /// The name of the tax rate, where tax is booked by rate.
    pub tax: Option<&'a str>,
    /// The day of the sale or refund, which rules take effect by.
    pub date: Date,
}

impl<'a> Context<'a> {
    pub(crate) fn order(order: &'a OrderSnapshot, date: Date) -> Self {
        Context {
            order,
            line: None,
            charge_class: None,
            tax: None,
            date,
        }
    }

    /// The same for one of the order's lines.
    pub(crate) fn with_line(self, line: &'a OrderLine) -> Self {
        Context {
            line: Some(line),
            ..self
        }
    }

    /// The same for a charge of this tax class.
    pub(crate) fn with_charge(self, class: Option<u64>) -> Self {
        Context {
            charge_class: class,
            ..self
        }
    }

    /// The same for one of the order's tax rates.
    pub(crate) fn with_tax(self, name: &'a str) -> Self {
        Context {
            tax: Some(name),
            ..self
        }
    }

    /// The tax class of the line or charge, where it is known.
    pub(crate) fn tax_class(&self) -> Option<u64> {
        match self.line {
            Some(line) => line.tax_class,
            None => self.charge_class,
        }
    }

    /// The code of the location that the line, or else anything of the order, is
    /// picked up at.
    pub(crate) fn pickup_location(&self) -> Option<&'a str> {
        let of_line = |id: Option<u64>| {
            self.line
                .is_none_or(|line| line.pickup.is_some() && line.pickup == id)
        };
        self.order
            .consignments
            .iter()
            .find(|it| it.kind == ConsignmentKind::Pickup && of_line(it.id))
            .map(|it| it.location.as_str())
    }

    /// What is being booked, for a message: a line by its SKU and categories, or the order.
    pub(crate) fn describe(&self) -> String {
        if let Some(name) = self.tax {
            return format!("the tax `{name}`");
        }
        match self.line {
            Some(line) if line.categories.is_empty() => {
                format!("line {} (SKU `{}`, in no category)", line.line, line.sku)
            }
            Some(line) => {
                let categories: Vec<_> = line.categories.iter().map(u64::to_string).collect();
                format!(
                    "line {} (SKU `{}`, category {})",
                    line.line,
                    line.sku,
                    categories.join(", ")
                )
            }
            None => format!(
                "order {} (channel {}, payment method `{}`)",
                self.order.order, self.order.channel, self.order.payment_method
            ),
        }
    }
}
