//! A refund as the store keeps it.

use jiff::Timestamp;

use super::Amount;
use super::order::PaymentMethod;

/// What a refund item gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundItemKind {
    /// Units of a line.
    Product,
    /// Gift wrapping of a line.
    GiftWrapping,
    /// Shipping.
    Shipping,
    /// Handling.
    Handling,
    /// A free amount on the whole order.
    Order,
    /// A fee.
    Fee,
}

impl RefundItemKind {
    /// `item_type` of the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Product => "PRODUCT",
            Self::GiftWrapping => "GIFT_WRAPPING",
            Self::Shipping => "SHIPPING",
            Self::Handling => "HANDLING",
            Self::Order => "ORDER",
            Self::Fee => "FEE",
        }
    }
}

/// One item of a refund.
#[derive(Clone, Debug)]
pub struct RefundItem {
    /// What is given back.
    pub kind: RefundItemKind,
    /// Order product id, address id, order id or fee id, by kind.
    pub item_id: u32,
    /// Units; 1 for anything but lines.
    pub quantity: u32,
    /// The amount asked for; the API leaves it out for lines.
    pub requested: Option<Amount>,
}

/// One payment of a refund.
#[derive(Clone, Copy, Debug)]
pub struct RefundPayment {
    /// Id, unique in the store.
    pub id: u32,
    /// To what tender.
    pub via: PaymentMethod,
    /// How much.
    pub amount: Amount,
}

/// A refund.
#[derive(Clone, Debug)]
pub struct Refund {
    /// Id, unique in the store.
    pub id: u32,
    /// The order it belongs to.
    pub order_id: u32,
    /// When it was made.
    pub created: Timestamp,
    /// Free text of the clerk; may hold personal data.
    pub reason: String,
    /// Money given back.
    pub total: Amount,
    /// Tax within it.
    pub tax: Amount,
    /// What is given back; empty for a pure tax correction.
    pub items: Vec<RefundItem>,
    /// How it is given back.
    pub payments: Vec<RefundPayment>,
    /// The payment provider declined it after it was made.
    pub declined: bool,
}
