//! What a reader is concerned with: a named list, and a match that misses none of it.

/// Declares the types of event that a reader is concerned with, as an enum of what
/// they say.
///
/// ```
/// schemas::concern! {
///     /// What is counted.
///     pub enum Counted { OrderReceived, RefundReceived }
/// }
///
/// fn refunds(payload: &schemas::Payload) -> u32 {
///     match Counted::of(payload) {
///         Some(Counted::OrderReceived(_)) | None => 0,
///         Some(Counted::RefundReceived(_)) => 1,
///     }
/// }
/// # use schemas::EventType;
/// # assert_eq!(Counted::TYPES, [EventType::OrderReceived, EventType::RefundReceived]);
/// ```
///
/// `TYPES` is what the reader asks the stream for, and `of` what it then matches on.
/// A type that is added to the list comes from the stream and must be handled, both
/// because of that one word; an event that is new to the contract touches no reader
/// that is not concerned with it.
#[macro_export]
macro_rules! concern {
    ($(#[$doc:meta])* $visibility:vis enum $name:ident { $($variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        $visibility enum $name<'a> {
            $(
                #[doc = concat!("See [`schemas::kind::", stringify!($variant), "`].")]
                $variant(&'a <$crate::kind::$variant as $crate::Definition>::Data),
            )+
        }

        impl<'a> $name<'a> {
            /// The types of event that are of concern.
            $visibility const TYPES: &'static [$crate::EventType] =
                &[$($crate::EventType::$variant),+];

            /// What the event says, if it is of concern.
            $visibility fn of(payload: &'a $crate::Payload) -> Option<$name<'a>> {
                match payload {
                    $($crate::Payload::$variant(data) => Some($name::$variant(data)),)+
                    _ => None,
                }
            }
        }
    };
}
