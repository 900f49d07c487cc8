//! Wiring: one receiver for all stores, and for each a fetcher and a poller.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bigcommerce::{Client, ClientOptions, Retries, StoreAddress};
use jiff::{SignedDuration, Timestamp};
use schemas::StoreKey;
use service::{
    CancellationToken, Service, admin,
    config::{Config, IngestConfig, StoreConfig},
    health::{self, Component},
};
use stream::{Stream, StreamError};
use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    chain_file::{ChainFile, ChainFileError},
    fetcher,
    hooks::{self, Wanted},
    intake::Intake,
    metrics,
    poller::{self, Schedule},
    refund_register::{RegisterError, RegisterFile},
    retry::until_done,
    teller::Teller,
    watermarks::{WatermarkError, Watermarks},
    webhooks::{Guard, Receiver, ReceiverLimits},
};

/// A few quick tries of its own; longer patience is with the loops above it.
const RETRIES: Retries = Retries {
    times: 2,
    first: Duration::from_millis(300),
    longest: Duration::from_secs(30),
};

/// How long webhooks in hand may take to be finished when shut down; longer
/// than it takes to read one and make it durable.
const STOP_PATIENCE: Duration = Duration::from_secs(12);

/// Ingest, for its own program and for `counterfoil run`.
pub static SERVICE: Service = Service {
    name: "ingest",
    about: "Brings every order and refund of the stores into the stream",
    admin: |admin| admin.ingest,
    metrics: &[metrics::METRICS, bigcommerce::METRICS],
    run: |config, stream, shutdown| {
        Box::pin(async move { Ok(run(config, stream, shutdown).await?) })
    },
};

/// Ingest cannot start, or cannot go on.
#[expect(missing_docs, reason = "each message says what it is about")]
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    #[error("webhooks cannot be received")]
    Listen(#[from] admin::ListenError),
    #[error("the client of store {store} cannot be set up")]
    Client {
        store: StoreKey,
        #[source]
        source: bigcommerce::Error,
    },
    #[error("the watermarks cannot be used")]
    Watermarks(#[from] WatermarkError),
    #[error("the known refunds cannot be used")]
    Register(#[from] RegisterError),
    #[error("the chains of states cannot be used")]
    Chains(#[from] ChainFileError),
    #[error("the webhooks of store {store} cannot be followed")]
    Follow {
        store: StoreKey,
        #[source]
        source: StreamError,
    },
    #[error("the address of the receiver is not known")]
    Address(#[source] std::io::Error),
    #[error("a part of ingest broke down")]
    Task(#[source] tokio::task::JoinError),
}

/// Ingest, ready to run: its address is taken.
pub struct Ingest {
    config: Arc<Config>,
    stream: Stream,
    watermarks: Watermarks,
    register: RegisterFile,
    chains: ChainFile,
    listener: TcpListener,
    address: SocketAddr,
    /// Of the configuration's stores, in their order.
    clients: Vec<Client>,
}

/// Runs ingest until shut down.
pub async fn run(
    config: Arc<Config>,
    stream: Stream,
    shutdown: CancellationToken,
) -> Result<(), IngestError> {
    Ingest::bind(config, stream).await?.run(shutdown).await
}

impl Ingest {
    /// Takes the address for webhooks and sets up what can be.
    pub async fn bind(config: Arc<Config>, stream: Stream) -> Result<Self, IngestError> {
        let clients = config.stores.iter().map(|(key, store)| {
            client(key, store).map_err(|source| IngestError::Client {
                store: key.clone(),
                source,
            })
        });
        let clients = clients.collect::<Result<_, IngestError>>()?;
        let folder = config.data_dir.join("ingest");
        let watermarks = Watermarks::open(&folder)?;
        let register = RegisterFile::open(&folder)?;
        let chains = ChainFile::open(&folder)?;
        let listener = admin::listen(config.ingest.listen, "ingest.listen").await?;
        let address = listener.local_addr().map_err(IngestError::Address)?;
        Ok(Ingest {
            config,
            stream,
            watermarks,
            register,
            chains,
            listener,
            address,
            clients,
        })
    }

    /// Where webhooks are received.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Runs until shut down, or until a part of it cannot go on.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), IngestError> {
        // Of our own, so that one part's end is the end of all parts here only.
        let shutdown = shutdown.child_token();
        // Before any part says that it works: together they are ingest.
        let health = health::component("ingest/receiver");
        let mut tasks = JoinSet::new();
        let config = self.config.ingest.clone();
        let begin = config.start_at.unwrap_or_else(Timestamp::now);
        let stores = self.config.stores.iter().zip(self.clients);
        for ((key, store), client) in stores {
            if let Some(wanted) = wanted_hooks(key, store, &config) {
                let health = health::component(format!("ingest/{key}/hooks"));
                tasks.spawn(ensure_hooks(
                    client.clone(),
                    wanted,
                    health,
                    shutdown.clone(),
                ));
            }
            let register = self.register.of(key.clone());
            let teller = Teller::new(self.stream.clone(), self.chains.of(key.clone()));
            let intake = Intake::new(store, &config, register, client, teller);
            let intake = Arc::new(intake);
            let schedule = Schedule {
                every: config.poll_every,
                overlap: config.poll_overlap,
                begin,
            };
            tasks.spawn(poll(
                intake.clone(),
                self.watermarks.clone(),
                schedule,
                shutdown.clone(),
            ));
            tasks.spawn(follow(intake, self.stream.clone(), shutdown.clone()));
        }
        let receiver = receiver(&self.config, self.stream);
        tracing::info!(address = %self.address, stores = self.config.stores.len(), "webhooks are received");
        tasks.spawn(receive(receiver, self.listener, health, shutdown.clone()));
        let mut outcome = Ok(());
        while let Some(ended) = tasks.join_next().await {
            let ended = ended.map_err(IngestError::Task).and_then(|result| result);
            if ended.is_err() {
                shutdown.cancel();
            }
            outcome = outcome.and(ended);
        }
        outcome
    }
}

fn client(key: &StoreKey, store: &StoreConfig) -> Result<Client, bigcommerce::Error> {
    let address = StoreAddress {
        api_url: store.api_url.as_str().to_owned(),
        hash: store.hash.clone(),
        token: store.token.to_secret_string(),
    };
    let options = ClientOptions {
        store: key.to_string(),
        quota_reserve_percent: store.quota_left_percent,
        retries: RETRIES,
        ..ClientOptions::default()
    };
    Client::new(address, &options)
}

fn receiver(config: &Config, stream: Stream) -> Receiver {
    let tolerance = config.ingest.timestamp_tolerance;
    let tolerance = SignedDuration::try_from(tolerance).unwrap_or(SignedDuration::MAX);
    let guard = |(key, store): (&StoreKey, &StoreConfig)| Guard::new(key.clone(), store, tolerance);
    let limits = ReceiverLimits {
        body: config.ingest.body_limit,
        in_flight: config.ingest.max_in_flight,
    };
    Receiver::new(config.stores.iter().map(guard).collect(), stream, limits)
}

fn wanted_hooks(key: &StoreKey, store: &StoreConfig, config: &IngestConfig) -> Option<Wanted> {
    let url = config.public_url.as_ref()?;
    let header = store.header_value.as_ref();
    Some(Wanted {
        store: key.clone(),
        destination: hooks::destination(url, key),
        headers: header
            .map(|value| (store.header_name.clone(), value.to_secret_string()))
            .into_iter()
            .collect(),
    })
}

async fn ensure_hooks(
    client: Client,
    wanted: Wanted,
    health: Component,
    shutdown: CancellationToken,
) -> Result<(), IngestError> {
    until_done(&health, &shutdown, || wanted.ensure(&client)).await;
    Ok(())
}

async fn poll(
    intake: Arc<Intake>,
    watermarks: Watermarks,
    schedule: Schedule,
    shutdown: CancellationToken,
) -> Result<(), IngestError> {
    poller::run(intake, watermarks, schedule, shutdown).await;
    Ok(())
}

async fn follow(
    intake: Arc<Intake>,
    stream: Stream,
    shutdown: CancellationToken,
) -> Result<(), IngestError> {
    let store = intake.store.clone();
    fetcher::run(intake, stream, shutdown)
        .await
        .map_err(|source| IngestError::Follow { store, source })
}

async fn receive(
    receiver: Receiver,
    listener: TcpListener,
    health: Component,
    shutdown: CancellationToken,
) -> Result<(), IngestError> {
    health.ok();
    // A sender that never finishes its request must not keep us from stopping.
    let overdue = async {
        shutdown.cancelled().await;
        tokio::time::sleep(STOP_PATIENCE).await;
    };
    tokio::select! {
        () = receiver.serve(listener, shutdown.clone()) => {}
        () = overdue => {}
    }
    Ok(())
}
