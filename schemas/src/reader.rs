//! Who acts upon events.

/// A service that acts upon some types of event. The projector reads them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reader {
    /// Fetches what webhooks tell of.
    Ingest,
    /// Maps what the stores say.
    Mapper,
    /// Makes the ledgers hold what was mapped.
    Poster,
}
