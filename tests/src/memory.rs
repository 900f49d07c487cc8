//! What a piece of work costs in memory: it runs in a process of its own, whose peak is
//! looked at.

use std::process::Command;

const CHILD: &str = "COUNTERFOIL_TEST_CHILD";

/// Runs a test in a child process and asserts that its peak stays below so many bytes.
/// `name` is the test's own, as `cargo test -- --list` prints it.
///
/// # Panics
///
/// If the work fails or takes more.
pub fn at_most(bytes: u64, name: &str, work: impl FnOnce()) {
    if std::env::var(CHILD).is_ok_and(|child| child == name) {
        work();
        let peak = peak();
        assert!(peak <= bytes, "{name} took {} MiB", peak >> 20);
        return;
    }
    let program = std::env::current_exe().expect("the test knows its program");
    let output = Command::new(program)
        .args([name, "--exact", "--nocapture"])
        .env(CHILD, name)
        .output()
        .expect("the test can be started again");
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (said(&output.stdout), said(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    assert!(out.contains("1 passed"), "{name} is no test: {out}");
}

/// The largest that this process has been, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this is Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let figure = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kilobytes: u64 = figure.and_then(|it| it.parse().ok()).expect("it has one");
    kilobytes << 10
}
