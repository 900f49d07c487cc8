//! Webhooks: who sent one, and what it is about. Pure functions; the time is
//! the caller's.

mod notification;
mod origin;

pub use notification::{Entity, Notification, NotificationError};
pub use origin::{
    HeaderKey, OriginError, SIGNATURE_HEADERS, SignatureHeaders, SigningKeys, TOLERANCE,
};
