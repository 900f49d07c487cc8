//! Both stand-ins together.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::bigcommerce::{self, BigCommerce};
use crate::fusion::{self, FusionConfig, FusionHandle};

/// How to start both stand-ins.
#[derive(Debug)]
pub struct SandboxConfig {
    /// The stores.
    pub bigcommerce: bigcommerce::Config,
    /// Address the pod listens on; port 0 takes a free one.
    pub fusion_listen: SocketAddr,
    /// The pod.
    pub fusion: FusionConfig,
}

impl Default for SandboxConfig {
    /// Free ports on the loopback, everything else as the stand-ins have it.
    fn default() -> Self {
        Self {
            bigcommerce: bigcommerce::Config::default(),
            fusion_listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            fusion: FusionConfig::default(),
        }
    }
}

/// Why the sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The stores did not start.
    #[error("the BigCommerce stand-in did not start")]
    BigCommerce(#[from] bigcommerce::StartError),
    /// The pod did not start.
    #[error("the Fusion stand-in cannot listen on {0}; is the port in use?")]
    Fusion(SocketAddr, #[source] std::io::Error),
}

/// Both stand-ins, running. Dropping it stops them.
#[derive(Debug)]
pub struct Sandbox {
    /// The stores.
    pub bigcommerce: BigCommerce,
    /// The pod.
    pub fusion: FusionHandle,
}

impl Sandbox {
    /// Starts both.
    ///
    /// # Errors
    /// When an address cannot be listened on.
    pub async fn start(config: SandboxConfig) -> Result<Self, StartError> {
        let bigcommerce = BigCommerce::start(config.bigcommerce).await?;
        let cannot = |e| StartError::Fusion(config.fusion_listen, e);
        let listener = TcpListener::bind(config.fusion_listen)
            .await
            .map_err(cannot)?;
        let fusion = fusion::serve(config.fusion, listener)
            .await
            .map_err(cannot)?;
        Ok(Self {
            bigcommerce,
            fusion,
        })
    }

    /// Stops both.
    pub async fn stop(self) {
        self.bigcommerce.stop().await;
        self.fusion.shutdown().await;
    }
}
