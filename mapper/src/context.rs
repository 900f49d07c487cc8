//! What a rule can look at when it chooses an account.

use schemas::v1::{OrderLine, OrderSnapshot};

/// The order, and where it applies the line, that an account is chosen for.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub order: &'a OrderSnapshot,
    pub line: Option<&'a OrderLine>,
}

impl<'a> Context<'a> {
    pub fn order(order: &'a OrderSnapshot) -> Self {
        Context { order, line: None }
    }

    pub fn line(order: &'a OrderSnapshot, line: &'a OrderLine) -> Self {
        Context {
            order,
            line: Some(line),
        }
    }

    /// What is being booked, for a message: a line by its SKU and categories, or the order.
    pub fn describe(&self) -> String {
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
