//! The client against a pod that answers more than can be read.

use std::{io::Write, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use fusion::{Error, Fault, Fusion, OAuthClient, Operation, Options, SignIn};
use service::{Clock, clock::SimulatedTime};
use tests::{
    hostile::{Answer, Hostile},
    memory,
};

const MIB: u64 = 1 << 20;

fn options(server: &Hostile, sign_in: SignIn) -> Options {
    let start = "2026-11-20T10:00:00Z".parse().unwrap();
    Options {
        url: server.url(),
        sign_in,
        document_account: "fin/generalLedger/import".to_owned(),
        interface: 15,
        timeout: Duration::from_secs(20),
        retries: 1,
        retry_pause: Duration::from_millis(1),
        // Pauses are passed over.
        clock: Clock::Simulated(SimulatedTime::starting(start)),
    }
}

fn pod(server: &Hostile) -> Fusion {
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let basic = SignIn::Basic {
        user: "user".to_owned(),
        password: "password".into(),
    };
    Fusion::new(options(server, basic)).unwrap()
}

fn run(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(work);
}

fn says(error: &Error) -> String {
    schemas::causes(error).to_string()
}

/// The number that a request's query has for a name.
fn number(request: &str, name: &str) -> usize {
    let (_, rest) = request.split_once(&format!("{name}=")).unwrap();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

fn rows(rows: &str, more: bool) -> Answer {
    Answer::of(200, format!(r#"{{"items":[{rows}],"hasMore":{more}}}"#))
}

/// A job's log as Fusion answers it: entries of text, packed.
fn log(entries: &[&[u8]]) -> Answer {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (index, entry) in entries.iter().enumerate() {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(format!("{index}.txt"), options).unwrap();
        archive.write_all(entry).unwrap();
    }
    let bytes = archive.finish().unwrap().into_inner();
    let content = BASE64_STANDARD.encode(bytes);
    rows(&format!(r#"{{"DocumentContent":"{content}"}}"#), false)
}

#[test]
fn what_unpacks_to_a_gigabyte_is_not_held() {
    let name = "what_unpacks_to_a_gigabyte_is_not_held";
    memory::at_most(128 * MIB, name, || {
        run(async {
            let server = Hostile::start(|_| Answer::packed(r#"{"items":["#, "{},", 1 << 30));
            let pod = pod(&server);
            for error in [
                pod.ledgers().await.unwrap_err(),
                pod.currencies().await.unwrap_err(),
                pod.execution_log(7).await.unwrap_err(),
                pod.job_tree(7).await.unwrap_err(),
                pod.find_loads("7", None).await.unwrap_err(),
            ] {
                let is_too_large =
                    matches!(&*error.fault, Fault::Unread(error) if error.is_too_large());
                assert!(is_too_large && !error.is_transient(), "{}", says(&error));
                assert!(says(&error).contains("bytes that are read of it"));
            }
            let error = pod.submit_load("7").await.unwrap_err();
            assert!(error.is_unknown_outcome(), "it may have been done");
        });
    });
}

#[tokio::test]
async fn an_endless_token_is_an_error_and_an_endless_refusal_a_refusal() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    for status in [200, 400, 500] {
        let server = Hostile::start(move |_| {
            Answer::endless(r#"{"access_token":""#, "x").with_status(status)
        });
        let client = OAuthClient {
            token_url: format!("{}/token", server.url()),
            client_id: "client".to_owned(),
            client_secret: "secret".into(),
            scope: "scope".to_owned(),
        };
        let options = options(&server, SignIn::ClientCredentials(client));
        let error = Fusion::new(options).unwrap().ledgers().await.unwrap_err();
        let Fault::NoToken(cause) = &*error.fault else {
            panic!("{}", says(&error));
        };
        match (status, &*cause.fault) {
            (200, Fault::Unread(error)) => assert!(error.is_too_large()),
            (400, Fault::Unauthorized { status: 400, .. }) => {}
            (
                500,
                Fault::Status {
                    status: 500,
                    detail,
                },
            ) => assert!(detail.len() <= 500),
            (_, other) => panic!("{other:?}"),
        }
        assert!(server.sent() < 64 * MIB, "{}", server.sent());
    }
}

type Script = fn(&str) -> Answer;

#[tokio::test]
async fn a_collection_without_an_end_is_an_error() {
    let cases: [(&str, Script); 4] = [
        ("same as the one before", |_| {
            rows(r#"{"CurrencyCode":"USD"}"#, true)
        }),
        ("an empty page says that there is more", |_| rows("", true)),
        ("hasMore is true after 100 pages", |request| {
            let offset = number(request, "offset");
            rows(&format!(r#"{{"CurrencyCode":"{offset}"}}"#), true)
        }),
        ("more than 1000 rows", |_| {
            let many = vec!["{}"; 1001];
            rows(&many.join(","), false)
        }),
    ];
    for (problem, answer) in cases {
        let server = Hostile::start(answer);
        let error = pod(&server).currencies().await.unwrap_err();
        assert!(says(&error).contains(problem), "{}", says(&error));
        assert!(server.requests().len() <= 100);
    }
}

#[tokio::test]
async fn a_search_of_the_scheduler_ends_with_an_error_or_where_it_must() {
    // Newest first, two hundred a page, without an end.
    let server = Hostile::start(|request| {
        let newest = 1_000_000 - number(request, "offset");
        let request = |id: usize| format!(r#"{{"requestId":{id},"requestParameters":[]}}"#);
        let requests: Vec<String> = (0..200).map(|it| request(newest - it)).collect();
        rows(&requests.join(","), true)
    });
    let pod = pod(&server);
    let error = pod.find_loads("7", None).await.unwrap_err();
    assert!(says(&error).contains("10000 requests"), "{}", says(&error));
    let asked = server.requests().len();
    assert_eq!(asked, 50);
    let found = pod.find_imports(7, Some(999_700)).await.unwrap();
    assert!(found.is_empty(), "what is older is no request of ours");
    assert_eq!(server.requests().len() - asked, 2);
    assert!(pod.newest_autopost(7).await.unwrap().is_none());
}

#[test]
fn a_log_of_one_line_without_measure_does_not_hide_the_others() {
    let name = "a_log_of_one_line_without_measure_does_not_hide_the_others";
    memory::at_most(128 * MIB, name, || {
        run(async {
            let server = Hostile::start(|_| {
                let mut text = b"===== Error Lines =====\nEF04  us-1001-1  ".to_vec();
                text.extend(std::iter::repeat_n(b'x', 40 << 20));
                text.extend(b"\n    FLEX-VALUE DOES NOT EXIST\nEP01  us-1002-1\n");
                log(&[&text, b"Total: 0 group id(s).\n"])
            });
            let log = pod(&server).execution_log(7).await.unwrap();
            let lines = log.error_lines();
            assert_eq!(lines[0].codes, ["EF04"]);
            assert_eq!(lines[0].cells[0], "us-1001-1");
            assert!(lines[0].cells.iter().map(String::len).sum::<usize>() < 5000);
            assert!(log.tail(6).len() < 10_000);
        });
    });
}

#[tokio::test]
async fn texts_are_cut_and_waits_are_bounded() {
    let server = Hostile::start(|request| {
        if request.contains("journalBatches") {
            let text = "x".repeat(1 << 20);
            let row =
                format!(r#"{{"JeBatchId":7,"BatchName":"CF{text}","ErrorMessage":"{text}"}}"#);
            return rows(&row, false);
        }
        if request.contains("ESSExecutionDetailsRF") {
            let name = "x".repeat(100_000);
            let tree =
                format!(r#"{{\"REQUESTID\":7,\"JOBNAME\":\"{name}\",\"STATUS\":\"{name}\"}}"#);
            return rows(&format!(r#"{{"RequestStatus":"{tree}"}}"#), false);
        }
        if request.starts_with("POST") {
            let id = "7".repeat(100_000);
            return Answer::of(200, format!(r#"{{"DocumentId":"{id}"}}"#));
        }
        Answer::of(429, "later").with("retry-after: 99999999999")
    });
    let pod = pod(&server);
    let batch = &pod.batches_by_prefix("CF").await.unwrap()[0];
    assert!(batch.name.len() < 3000 && batch.error.len() < 3000);
    let job = &pod.job_tree(7).await.unwrap().jobs[0];
    assert!(job.name.len() < 200 && job.state.to_string().len() < 200);
    let error = pod.upload("a.zip", b"").await.unwrap_err();
    assert!(says(&error).contains("DocumentId is longer"));
    assert!(error.is_unknown_outcome() && error.operation == Operation::Upload);
    let error = pod.sources().await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(300)));
}

/// An error page may repeat the whole request, its `Authorization` included.
#[tokio::test]
async fn what_a_pod_repeats_of_our_secrets_is_masked() {
    const ECHO: &str =
        "Bearer token-of-the-hostile-pod secret-of-the-client bWU6c2VjcmV0LW9mLXRoZS1jbGllbnQ=";
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = Hostile::start(|request| match request {
        it if it.contains("/token") => {
            Answer::of(200, r#"{"access_token":"token-of-the-hostile-pod"}"#)
        }
        it if it.starts_with("POST") => {
            let answer = format!(r#"{{"ReqstId":"-1","RequestStatus":"{ECHO}"}}"#);
            Answer::of(200, answer)
        }
        it if it.contains("ESSJobExecutionDetailsRF") => {
            let text = format!("===== Error Lines =====\nEF04  us-1001-1\n    {ECHO}\n{ECHO}\n");
            log(&[text.as_bytes()])
        }
        _ => Answer::of(500, format!(r#"{{"detail":"{ECHO}"}}"#)),
    });
    let client = OAuthClient {
        token_url: format!("{}/token", server.url()),
        client_id: "me".to_owned(),
        client_secret: "secret-of-the-client".into(),
        scope: "all".to_owned(),
    };
    let pod = Fusion::new(options(&server, SignIn::ClientCredentials(client))).unwrap();
    let log = pod.execution_log(7).await.unwrap();
    let lines = log.error_lines();
    assert!(!lines.is_empty());
    for told in [
        says(&pod.ledgers().await.unwrap_err()),
        says(&pod.upload("a.zip", b"").await.unwrap_err()),
        lines[0].detail.clone(),
        log.tail(3),
    ] {
        for secret in ECHO.split(' ').filter(|it| *it != "Bearer") {
            assert!(!told.contains(secret), "{told}");
        }
    }
}
