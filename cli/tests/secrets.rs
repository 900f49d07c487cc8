//! Sealing, opening, rotating and checking secrets from the command line.

use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

/// Runs the command in a folder, with a text on standard input.
fn run(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_counterfoil"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("COUNTERFOIL_SEAL_KEY")
        .env_remove("COUNTERFOIL_SEAL_KEY_FILE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments does not read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn printed(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout);
    text.into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn fine(output: Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", printed(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// A folder with the keys `old` and `new`, and a configuration that seals with
/// `old`.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for key in ["old", "new"] {
        fine(run(folder.path(), &["secrets", "keygen", key], ""));
    }
    configure(folder.path(), "\"file:old\"", "");
    folder
}

fn configure(folder: &Path, keys: &str, values: &str) {
    let text = format!("# Ours.\n[seal]\nkeys = [{keys}] # by age\n\n[fusion]\n{values}");
    fs::write(folder.join("counterfoil.toml"), text).unwrap();
}

fn read(folder: &Path) -> String {
    fs::read_to_string(folder.join("counterfoil.toml")).unwrap()
}

fn seal(folder: &Path, place: &str, secret: &str) -> String {
    let sealed = fine(run(folder, &["secrets", "seal", place], secret));
    sealed.trim_end().to_owned()
}

#[test]
fn a_key_is_kept_from_others_and_never_overwritten() {
    let folder = folder();
    let mode = fs::metadata(folder.path().join("old"))
        .unwrap()
        .permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    let again = run(folder.path(), &["secrets", "keygen", "old"], "");
    assert_eq!(again.status.code(), Some(1));
    assert!(printed(&again).contains("new file"), "{}", printed(&again));
    let shown = fine(run(folder.path(), &["secrets", "keygen"], ""));
    assert_eq!(shown.trim_end().len(), 44);
}

#[test]
fn a_secret_is_sealed_rotated_and_checked() {
    let folder = folder();
    let folder = folder.path();
    let secret = seal(folder, "fusion.client_secret", "s3cret\n");
    assert!(secret.starts_with("sealed:"), "{secret}");
    let values = format!("client_secret = '{secret}' # sealed\nscope = \"x\"\n");
    configure(folder, "\"file:old\"", &values);
    let told = fine(run(folder, &["secrets", "check"], ""));
    assert!(
        told.contains("fusion.client_secret: sealed with key"),
        "{told}"
    );
    assert!(
        !told.contains("s3cret") && !told.contains("older"),
        "{told}"
    );

    configure(folder, "\"file:new\", \"file:old\"", &values);
    let told = fine(run(folder, &["secrets", "check"], ""));
    assert!(told.contains("older key"), "{told}");
    let before = read(folder);
    fs::set_permissions(
        folder.join("counterfoil.toml"),
        fs::Permissions::from_mode(0o640),
    )
    .unwrap();
    let told = fine(run(folder, &["secrets", "rotate"], ""));
    assert!(told.contains("1 values sealed anew"), "{told}");
    let after = read(folder);
    assert!(!after.contains(&secret), "{after}");
    let kept = |text: &str| {
        let lines = text.lines().filter(|it| !it.starts_with("client_secret"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(kept(&after), kept(&before));
    assert!(after.contains("\" # sealed\n"), "{after}");
    let mode = fs::metadata(folder.join("counterfoil.toml")).unwrap();
    assert_eq!(mode.permissions().mode() & 0o777, 0o640);
    let told = fine(run(folder, &["secrets", "rotate"], ""));
    assert!(told.contains("0 values"), "{told}");
    assert_eq!(read(folder), after);
    // The old key is no longer needed.
    fs::write(
        folder.join("counterfoil.toml"),
        after.replace(", \"file:old\"", ""),
    )
    .unwrap();
    fine(run(folder, &["secrets", "check"], ""));
}

#[test]
fn a_secret_that_cannot_be_had_is_named_with_its_remedy() {
    let folder = folder();
    let folder = folder.path();
    let secret = seal(folder, "fusion.client_secret", "s3cret");
    let values = format!("client_secret = \"{secret}\"\npassword = \"file:gone\"\n");
    configure(folder, "\"file:new\"", &values);
    let checked = run(folder, &["secrets", "check"], "");
    assert_eq!(checked.status.code(), Some(3));
    let told = printed(&checked);
    for part in [
        "fusion.client_secret",
        "give that key too",
        "fusion.password",
        "gone",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let before = read(folder);
    let rotated = run(folder, &["secrets", "rotate"], "");
    assert_eq!(rotated.status.code(), Some(1));
    let told = printed(&rotated);
    assert!(
        told.contains("stays as it is") && told.contains("fusion.client_secret"),
        "{told}"
    );
    assert_eq!(read(folder), before);
    let started = run(folder, &["run"], "");
    assert_eq!(started.status.code(), Some(2));
    assert!(
        printed(&started).contains("fusion.client_secret"),
        "{}",
        printed(&started)
    );
    assert!(!printed(&started).contains(&secret));
}

#[test]
fn what_cannot_be_sealed_is_refused() {
    let folder = folder();
    let folder = folder.path();
    let place = run(folder, &["secrets", "seal", "fusion.timeout"], "s3cret");
    assert_eq!(place.status.code(), Some(1));
    assert!(
        printed(&place).contains("stores.*.token"),
        "{}",
        printed(&place)
    );
    let empty = run(folder, &["secrets", "seal", "fusion.password"], "\n");
    assert!(printed(&empty).contains("empty"), "{}", printed(&empty));
    fs::remove_file(folder.join("counterfoil.toml")).unwrap();
    let keyless = run(folder, &["secrets", "seal", "fusion.password"], "s3cret");
    let told = printed(&keyless);
    assert!(told.contains("COUNTERFOIL_SEAL_KEY_FILE"), "{told}");
    assert!(!told.contains("s3cret"), "{told}");
}
