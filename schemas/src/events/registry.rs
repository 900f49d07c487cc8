//! From the list of events to the two types that name them all.

/// Declares [`crate::EventType`], [`crate::Payload`] and the names in [`crate::kind`]
/// of the marks that carry the events' definitions.
///
/// Each event is named with its module. What is `shared` says the same as another
/// event: there, `From` is written by hand.
macro_rules! events {
    ($($variant:ident: $module:ident $($shared:ident)?,)*) => {
        /// The types of event as types of Rust: what carries the [`Definition`] of each.
        pub mod kind {
            $(pub use super::$module::Kind as $variant;)*
        }

        /// What an event says, by its type.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Payload {
            $(
                #[doc = concat!("See [`kind::", stringify!($variant), "`].")]
                $variant(<kind::$variant as Definition>::Data),
            )*
        }

        /// The type of an event: the first two tokens of its subject.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum EventType {
            $(
                #[doc = concat!("See [`kind::", stringify!($variant), "`].")]
                $variant,
            )*
        }

        impl EventType {
            /// All of them.
            pub const ALL: &'static [EventType] = &[$(EventType::$variant,)*];

            /// The name, as in `type`: `order.received`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(EventType::$variant => <kind::$variant as Definition>::TYPE,)*
                }
            }

            /// What has happened, in one line.
            pub fn title(self) -> &'static str {
                match self {
                    $(EventType::$variant => <kind::$variant as Definition>::TITLE,)*
                }
            }

            /// Whose key ends the subjects: `store` or `ledger`.
            pub fn key_names(self) -> &'static str {
                match self {
                    $(EventType::$variant => {
                        <<kind::$variant as Definition>::Key as $crate::SubjectKey>::NAMES
                    })*
                }
            }

            /// Who writes it.
            pub fn writers(self) -> &'static [$crate::Writer] {
                match self {
                    $(EventType::$variant => <kind::$variant as Definition>::WRITERS,)*
                }
            }

            /// Who acts upon it. The projector reads every event and is not listed.
            pub fn readers(self) -> &'static [$crate::Reader] {
                match self {
                    $(EventType::$variant => <kind::$variant as Definition>::READERS,)*
                }
            }

            /// The version that is written, which is the newest.
            pub fn version(self) -> u32 {
                match self {
                    $(EventType::$variant => <kind::$variant as Definition>::VERSION,)*
                }
            }

            /// The versions that can be read, oldest first.
            pub fn versions(self) -> Vec<u32> {
                let mut versions: Vec<u32> = match self {
                    $(EventType::$variant => {
                        let older = <kind::$variant as Definition>::OLDER.iter();
                        older.map(|it| it.version).collect()
                    })*
                };
                versions.push(self.version());
                versions
            }

            /// The JSON Schema of what it says, in the newest version.
            pub fn schema(self) -> schemars::Schema {
                match self {
                    $(EventType::$variant => {
                        schemars::schema_for!(<kind::$variant as Definition>::Data)
                    })*
                }
            }
        }

        impl Payload {
            /// The type of the event that says it.
            pub fn event_type(&self) -> EventType {
                match self {
                    $(Payload::$variant(_) => EventType::$variant,)*
                }
            }

            /// The stream's subject that it goes to.
            pub fn subject(&self) -> String {
                let subjects = match self {
                    $(Payload::$variant(data) => {
                        let key = <kind::$variant as Definition>::key(data);
                        $crate::Subjects::of(EventType::$variant, key)
                    })*
                };
                subjects.into_pattern()
            }

            /// What the event is about.
            pub fn about(&self) -> $crate::About {
                match self {
                    $(Payload::$variant(data) => <kind::$variant as Definition>::about(data),)*
                }
            }

            /// The event that it follows from, where it is named here.
            pub fn cause(&self) -> Option<$crate::EventId> {
                match self {
                    $(Payload::$variant(data) => <kind::$variant as Definition>::cause(data),)*
                }
            }

            /// The id of the fact, derived from what is said and, where the same said
            /// for another cause is another fact, from the cause.
            pub fn id(&self, cause: Option<$crate::EventId>) -> $crate::EventId {
                match self {
                    $(Payload::$variant(data) => {
                        <kind::$variant as Definition>::id(data, cause)
                    })*
                }
            }

            /// What is said, in words that are understood without the data.
            pub fn summary(&self) -> String {
                match self {
                    $(Payload::$variant(data) => <kind::$variant as Definition>::summary(data),)*
                }
            }

            pub(crate) fn to_json(&self) -> Box<serde_json::value::RawValue> {
                let raw = match self {
                    $(Payload::$variant(data) => serde_json::value::to_raw_value(data),)*
                };
                raw.expect("payloads have string keys and no failing serializers")
            }

            /// What an event of this type says, written in the version of that name.
            pub(crate) fn read(
                kind: EventType,
                schema: &str,
                data: &serde_json::value::RawValue,
            ) -> Result<Payload, $crate::DecodeError> {
                match kind {
                    $(EventType::$variant => {
                        $crate::schema_names::read::<kind::$variant>(kind, schema, data)
                            .map(Payload::$variant)
                    })*
                }
            }
        }

        $($crate::events::registry::payload!($variant $($shared)?);)*

        /// The examples of each type, as events that were written at one moment.
        #[cfg(test)]
        pub(crate) fn examples(kind: EventType) -> Vec<$crate::example::Example<Payload>> {
            match kind {
                $(EventType::$variant => {
                    let examples = <kind::$variant as Definition>::examples().into_iter();
                    examples.map(|it| it.map(Payload::$variant)).collect()
                })*
            }
        }
    };
}
pub(super) use events;

/// Makes the [`crate::Payload`] of what one event alone says.
macro_rules! payload {
    ($variant:ident shared) => {};
    ($variant:ident) => {
        impl From<$variant> for Payload {
            fn from(data: $variant) -> Payload {
                Payload::$variant(data)
            }
        }
    };
}
pub(super) use payload;
