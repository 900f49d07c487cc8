//! Taking webhooks: checked, made durable, answered; in this order.

mod check;
mod refusal;
mod refusals;
mod server;

pub use check::Guard;
pub use refusal::Refusal;
pub use server::{Receiver, ReceiverLimits};
