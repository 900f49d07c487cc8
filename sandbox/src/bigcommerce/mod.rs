//! The BigCommerce stand-in: two stores with the documented HTTP API, quirks
//! included, and an admin path to make things happen.
//!
//! API: `/stores/{hash}/v2|v3/...`; admin: `/admin/...` on the same listener.

pub mod admin;
pub mod answer;
pub mod api;
pub mod faults;
pub mod guard;
pub mod page;
pub mod query;
pub mod quota;
pub mod shop;
pub mod spec;
pub mod traffic;
pub mod wire;
pub mod world;
pub mod xml;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::webhooks::{Settings, Webhooks};
use quota::Limit;
pub use world::{Load, World, WorldError};

/// How to start the stand-in.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Seed of everything that is drawn.
    pub seed: u64,
    /// Request quota of each store.
    pub quota: Limit,
    /// Where to register hooks from the start; see [`World::register_hooks`].
    pub webhooks: Option<String>,
    /// How deliveries behave.
    pub deliveries: Settings,
}

impl Default for Config {
    /// A free port on the loopback, no hooks, the documented quota and retries.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            seed: 1,
            quota: Limit::default(),
            webhooks: None,
            deliveries: Settings::default(),
        }
    }
}

/// Why the stand-in did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {0}; is the port in use?")]
    Listen(SocketAddr, #[source] std::io::Error),
    /// Webhooks cannot be sent.
    #[error("cannot prepare sending webhooks")]
    Webhooks(#[from] crate::webhooks::delivery::ClientError),
}

/// The running stand-in. Stop it with [`BigCommerce::stop`]; dropping it stops
/// it as well, without waiting.
#[derive(Debug)]
pub struct BigCommerce {
    address: SocketAddr,
    world: Arc<World>,
    stop: CancellationToken,
    server: JoinHandle<()>,
}

impl BigCommerce {
    /// Starts the stand-in.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let webhooks = Webhooks::new(config.deliveries, config.seed)?;
        let world = Arc::new(World::new(config.seed, config.quota, webhooks));
        if let Some(destination) = &config.webhooks {
            world.register_hooks(destination);
        }
        let cannot = |e| StartError::Listen(config.listen, e);
        let listener = TcpListener::bind(config.listen).await.map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let app = router(world.clone());
        let server = tokio::spawn(async move {
            let serve = axum::serve(listener, app).with_graceful_shutdown(stopped);
            if let Err(error) = serve.await {
                tracing::error!(%error, "the BigCommerce stand-in stopped serving");
            }
        });
        Ok(Self {
            address,
            world,
            stop,
            server,
        })
    }

    /// The address it listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its base URL, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The stores, to make things happen; cheap to clone.
    #[must_use]
    pub const fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Stops serving and sending.
    pub async fn stop(mut self) {
        self.stop.cancel();
        self.world.webhooks.stop().await;
        let grace = std::time::Duration::from_secs(2);
        // A client may hold its connection open; it is cut off after a moment.
        if tokio::time::timeout(grace, &mut self.server).await.is_err() {
            self.server.abort();
        }
    }
}

impl Drop for BigCommerce {
    fn drop(&mut self) {
        self.stop.cancel();
        self.server.abort();
    }
}

fn router(world: Arc<World>) -> Router {
    api::router(&world).merge(admin::router()).with_state(world)
}
