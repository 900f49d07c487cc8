//! The work on one ledger.
//!
//! An [`Opening`] brings the books up to date and looks the ledger up; then a poster
//! goes round and round: the importer pursues the open attempt, the watch sees whether
//! what was imported is posted, the review tries again what was rejected, and the
//! gatherer closes the next batch of what the gate lets through. The recorder alone
//! writes to the stream and the books.

mod alarm;
mod backoff;
mod bookkeeping;
mod capacity;
mod facts;
mod gate;
mod gatherer;
mod halt;
mod importer;
mod ledger;
mod opening;
mod poster;
mod pursuit;
mod recorder;
mod review;
mod status;
mod watch;

pub(crate) use opening::Opening;
