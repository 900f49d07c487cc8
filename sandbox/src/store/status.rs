//! The fifteen order statuses of the documentation.

/// An order status: id, system label and what it means.
#[derive(Clone, Copy, Debug)]
pub struct Status {
    /// Id, 0 to 14.
    pub id: u8,
    /// Label as BigCommerce ships it; merchants may rename it.
    pub label: &'static str,
    /// One sentence for `/v2/order_statuses`.
    pub description: &'static str,
}

const fn status(id: u8, label: &'static str, description: &'static str) -> Status {
    Status {
        id,
        label,
        description,
    }
}

/// All statuses in order of their ids.
pub const ALL: [Status; 15] = [
    status(
        0,
        "Incomplete",
        "The payment page was reached, but nothing was paid.",
    ),
    status(1, "Pending", "Checkout was begun but not completed."),
    status(
        2,
        "Shipped",
        "Everything was sent; receipt is not confirmed.",
    ),
    status(3, "Partially Shipped", "Some items were sent."),
    status(4, "Refunded", "The order was refunded."),
    status(5, "Cancelled", "The seller cancelled the order."),
    status(6, "Declined", "The seller declined the order."),
    status(
        7,
        "Awaiting Payment",
        "Checkout is complete; payment is not confirmed.",
    ),
    status(
        8,
        "Awaiting Pickup",
        "Packed; the customer will collect it.",
    ),
    status(
        9,
        "Awaiting Shipment",
        "Packed; the carrier will collect it.",
    ),
    status(10, "Completed", "Delivered, or digital and paid."),
    status(11, "Awaiting Fulfillment", "Payment is confirmed."),
    status(
        12,
        "Manual Verification Required",
        "On hold until someone checks it.",
    ),
    status(13, "Disputed", "The payment is disputed."),
    status(
        14,
        "Partially Refunded",
        "A part of the order was refunded.",
    ),
];

/// Reached the payment page, but not paid.
pub const INCOMPLETE: u8 = 0;
/// Sent in full.
pub const SHIPPED: u8 = 2;
/// Refunded in full.
pub const REFUNDED: u8 = 4;
/// Cancelled by the seller.
pub const CANCELLED: u8 = 5;
/// Ordered, not yet paid.
pub const AWAITING_PAYMENT: u8 = 7;
/// Ready to be collected.
pub const AWAITING_PICKUP: u8 = 8;
/// Packed.
pub const AWAITING_SHIPMENT: u8 = 9;
/// Done.
pub const COMPLETED: u8 = 10;
/// Paid.
pub const AWAITING_FULFILLMENT: u8 = 11;
/// On hold.
pub const MANUAL_VERIFICATION: u8 = 12;
/// Refunded in part.
pub const PARTIALLY_REFUNDED: u8 = 14;

/// The system label of a status id; empty when there is no such status.
#[must_use]
pub fn label(id: u8) -> &'static str {
    ALL.get(usize::from(id)).map_or("", |s| s.label)
}
