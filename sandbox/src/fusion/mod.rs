//! Stand-in for one Oracle Fusion pod and its identity domain, as far as posting
//! journals through files goes: tokens, uploads, scheduled processes, Journal
//! Import, AutoPost, the read-back resource, and lists of values.
//!
//! It speaks documented HTTP with its documented traps: a rejected submission is
//! a success with `ReqstId` -1; a parent succeeds over a child in warning; one
//! bad row holds its whole group; nothing is unique; the batch is renamed; `and`
//! in a query finds nothing. What only some pods do is a setting
//! ([`FusionConfig`]) or a fault, switched on under `/admin/fusion/`.
//!
//! [`serve`] starts one on a listener. Everything is in memory, and the same seed
//! gives the same tokens, identifiers and rates.

mod assertion;
mod columns;
mod config;
mod faults;
mod gl;
mod http;
mod import;
mod interface;
mod jobs;
mod loader;
mod pod;
mod run;
mod tokens;
mod world;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use config::{AutoPost, FusionConfig, JournalNames, PodClock, SignIn, Unbalanced};
pub use world::AUTOPOST_CRITERIA_SET;

/// The key of the client that the stand-in knows, as PEM. It guards nothing: the
/// stand-in itself holds only the public half.
pub const CLIENT_KEY: &str = include_str!("../../keys/fusion-client-key.pem");
/// The certificate of that key, as PEM.
pub const CLIENT_CERTIFICATE: &str = include_str!("../../keys/fusion-client-certificate.pem");

/// A running stand-in. Dropping it stops it.
#[derive(Debug)]
pub struct FusionHandle {
    addr: SocketAddr,
    stop: CancellationToken,
    server: JoinHandle<()>,
}

impl FusionHandle {
    /// The address it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Base URL of both the pod and its identity domain, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Stops it; open connections are dropped.
    pub async fn shutdown(mut self) {
        self.stop.cancel();
        // The server task only ever ends, so there is nothing to report.
        let _ = (&mut self.server).await;
    }
}

impl Drop for FusionHandle {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Serves a fresh pod on a listener, in a task of its own.
///
/// # Errors
/// If the listener has no local address.
pub async fn serve(config: FusionConfig, listener: TcpListener) -> io::Result<FusionHandle> {
    let addr = listener.local_addr()?;
    let app = Arc::new(http::App::new(config, format!("http://{addr}")));
    let stop = CancellationToken::new();
    let server = tokio::spawn(http::run(app, listener, stop.clone()));
    Ok(FusionHandle { addr, stop, server })
}
