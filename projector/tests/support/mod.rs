//! A projector at work on a stream.
#![allow(
    dead_code,
    reason = "each test file and the benchmark use a part of it"
)]

use std::{path::Path, sync::Arc, time::Duration};

use eventlog::EventLog;
use projector::ProjectorError;
use schemas::{EncodedEvent, Event};
use service::{CancellationToken, config::Config};
use stream::Stream;
use tokio::task::JoinHandle;
use views::Views;

pub struct Running {
    shutdown: CancellationToken,
    task: JoinHandle<Result<(), ProjectorError>>,
}

impl Running {
    pub fn start(data: &Path, stream: Stream) -> Running {
        let shutdown = CancellationToken::new();
        let task = projector::run(config(data), stream, shutdown.clone());
        Running {
            shutdown,
            task: tokio::spawn(task),
        }
    }

    /// Waits until the views have come to `offset`, and stops the projector.
    pub async fn until(self, data: &Path, offset: u64) {
        for _ in 0..2000 {
            assert!(!self.task.is_finished(), "the projector has stopped");
            let reached = Views::open(&data.join("projector")).and_then(|views| views.offset());
            if reached.is_ok_and(|reached| reached >= offset) {
                return self.stop().await;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the views never came to offset {offset}");
    }

    pub async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.unwrap().unwrap();
    }
}

pub fn config(data: &Path) -> Arc<Config> {
    let text = format!(
        r#"
        data_dir = "{}"
        [fusion]
        url = "https://fusion.example.com"
        token_url = "https://identity.example.com/oauth2/v1/token"
        client_id = "counterfoil"
        client_secret = "secret"
        scope = "erp"
        "#,
        data.display()
    );
    Arc::new(Config::from_toml(&text).unwrap())
}

pub fn open_log(data: &Path) -> EventLog {
    EventLog::open_in(data).unwrap()
}

pub fn encode(events: &[Event]) -> Vec<EncodedEvent> {
    events.iter().map(Event::encode).collect()
}

/// Writes the events to the log in `data` and lets a projector read them all.
pub async fn project(data: &Path, events: &[Event]) -> EventLog {
    let log = open_log(data);
    let stream = Stream::embedded(log.clone());
    stream.publish_all(encode(events)).await.unwrap();
    let last = log.last_offset().0;
    Running::start(data, stream).until(data, last).await;
    log
}

pub fn views(data: &Path) -> Views {
    Views::open(&data.join("projector")).unwrap()
}

/// What the views in `data` say, row by row.
pub fn dump(data: &Path) -> String {
    fixtures::dump(&data.join("projector/views.db"))
}
