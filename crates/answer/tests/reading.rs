//! What is read of answers that have no measure.

use std::time::Duration;

use answer::{Limit, ReadError, beginning, read};
use tests::{
    hostile::{Answer, Hostile},
    memory,
};

const LIMIT: Limit = Limit::new(1 << 20, Duration::from_secs(20));
const MIB: u64 = 1 << 20;

async fn ask(server: &Hostile) -> reqwest::Response {
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().build().unwrap();
    client.get(server.url()).send().await.unwrap()
}

fn run(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(work);
}

#[tokio::test]
async fn an_answer_within_its_limit_is_read_whole() {
    let body = "x".repeat(1 << 20);
    let server = Hostile::start(move |_| Answer::of(200, body.clone()));
    assert_eq!(
        read(ask(&server).await, LIMIT).await.unwrap().len(),
        1 << 20
    );
    let server = Hostile::start(|_| Answer::packed("", "ab", 1 << 20));
    let unpacked = read(ask(&server).await, LIMIT).await.unwrap();
    assert!(unpacked.starts_with(b"abab"), "it is unpacked");
}

#[test]
fn an_answer_that_unpacks_to_a_gigabyte_is_not_held() {
    let name = "an_answer_that_unpacks_to_a_gigabyte_is_not_held";
    memory::at_most(64 * MIB, name, || {
        run(async {
            let server = Hostile::start(|_| Answer::packed("", "0", 1 << 30));
            let error = read(ask(&server).await, LIMIT).await.unwrap_err();
            assert!(error.is_too_large());
            let text = "it is larger than the 1048576 bytes that are read of it";
            assert_eq!(error.to_string(), text);
        });
    });
}

#[tokio::test]
async fn an_endless_answer_is_left_at_the_limit() {
    let server = Hostile::start(|_| Answer::endless("[", "0,"));
    let error = read(ask(&server).await, LIMIT).await.unwrap_err();
    assert!(matches!(error, ReadError::TooLarge { limit } if limit == LIMIT.bytes));
    // What is on its way counts, too.
    assert!(server.sent() < 32 * MIB, "{}", server.sent());
}

#[tokio::test]
async fn an_answer_that_drips_is_left_after_its_time() {
    let server = Hostile::start(|_| Answer::dripping("["));
    let limit = Limit::new(1 << 20, Duration::from_millis(300));
    let error = read(ask(&server).await, limit).await.unwrap_err();
    assert!(matches!(error, ReadError::TooSlow { .. }), "{error}");
    assert!(!error.is_too_large());
}

#[tokio::test]
async fn of_a_refusal_the_beginning_is_read_whatever_ends_it() {
    let limit = Limit::new(10, Duration::from_millis(300));
    for (answer, words) in [
        ("endless", "no no no n"),
        ("dripping", "no         "),
        ("short", "no"),
    ] {
        let server = Hostile::start(move |_| match answer {
            "endless" => Answer::endless("no ", "no ").with_status(503),
            "dripping" => Answer::dripping("no").with_status(503),
            _ => Answer::of(503, "no"),
        });
        let begun = beginning(ask(&server).await, limit).await;
        let begun = String::from_utf8(begun).unwrap();
        assert!(
            words.starts_with(&begun) && begun.starts_with("no"),
            "{begun}"
        );
    }
}
