//! The journals before a program that is not ours.

use std::{
    env,
    io::Write as _,
    process::{Command, Stdio},
};

use crate::{map::desk, support::Desk};

/// Whether hledger is here. Where it must be, such as in continuous integration,
/// its absence is a failure.
fn is_here() -> bool {
    let version = Command::new("hledger").arg("--version").output();
    let here = version.is_ok_and(|output| output.status.success());
    assert!(
        here || env::var_os("COUNTERFOIL_NEED_HLEDGER").is_none(),
        "hledger is needed and not here: apt-get install hledger"
    );
    if !here {
        eprintln!("left out: hledger is not here; to have it: apt-get install hledger");
    }
    here
}

/// What hledger makes of a journal: its output, or its complaint.
fn hledger(journal: &str, arguments: &[&str]) -> Result<String, String> {
    let mut child = Command::new("hledger")
        .args(["-f", "-"])
        .args(arguments)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let journal = journal.to_owned();
    let writing = std::thread::spawn(move || stdin.write_all(journal.as_bytes()));
    let output = child.wait_with_output().unwrap();
    // It may have complained before it read all.
    let _ = writing.join();
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout).unwrap()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// How many transactions hledger sees.
fn transactions(journal: &str) -> usize {
    let stats = hledger(journal, &["print"]).unwrap();
    let begins = |line: &&str| line.starts_with(|c: char| c.is_ascii_digit());
    stats.lines().filter(begins).count()
}

#[test]
fn a_mapped_order_and_its_refunds_balance() {
    if !is_here() {
        return;
    }
    let journal = desk().told(
        "map order.json --store us --catalog catalog.json --categories categories.json \
         --refunds refunds.json --format hledger",
    );
    hledger(&journal, &["check", "--strict"]).unwrap();
    assert_eq!(transactions(&journal), 3);
    // The check does check.
    let wrong = journal.replacen("150.00 USD", "150.01 USD", 1);
    assert_ne!(wrong, journal);
    assert!(hledger(&wrong, &["check"]).is_err());
}

#[test]
fn all_journals_of_the_demo_balance() {
    if !is_here() {
        return;
    }
    let desk = Desk::new();
    desk.told("demo --dir demo");
    let journal = desk.told("report journals --format hledger --data demo/data");
    hledger(&journal, &["check", "--strict"]).unwrap();

    let csv = desk.told("report journals --format csv --data demo/data");
    let mut keys: Vec<&str> = csv
        .lines()
        .skip(1)
        .filter(|line| !line.contains(",rejected,"))
        .filter_map(|line| line.split(',').next())
        .collect();
    keys.dedup();
    assert!(keys.len() > 300, "only {} journals", keys.len());
    assert_eq!(transactions(&journal), keys.len());

    // What hledger adds up for an account is what the journals say, in each currency.
    let revenue = hledger(&journal, &["balance", "-N", "--flat", r"\.41000\."]).unwrap();
    assert!(
        revenue.contains("USD") && revenue.contains("EUR"),
        "{revenue}"
    );
    let all = hledger(&journal, &["balance", "--flat"]).unwrap();
    assert_eq!(all.lines().last().map(str::trim), Some("0"), "{all}");
}
