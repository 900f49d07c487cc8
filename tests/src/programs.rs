//! The programs under test, as cargo builds them.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use anyhow::{Context, Result, anyhow, ensure};

const PACKAGES: [&str; 5] = ["ingest", "mapper", "poster", "projector", "cli"];
const PROGRAMS: [&str; 5] = ["ingest", "mapper", "poster", "projector", "counterfoil"];

/// The program's path; all programs are built first if one is missing or older
/// than its sources. Set `COUNTERFOIL_SKIP_BUILD` to take them as they are.
pub fn program(name: &str) -> Result<PathBuf> {
    static BUILT: OnceLock<Result<(), String>> = OnceLock::new();
    let folder = folder()?;
    let skip = env::var_os("COUNTERFOIL_SKIP_BUILD").is_some();
    BUILT
        .get_or_init(
            || match skip || PROGRAMS.iter().all(|it| is_fresh(&folder, it)) {
                true => Ok(()),
                false => build(&folder).map_err(|error| format!("{error:#}")),
            },
        )
        .clone()
        .map_err(|message| anyhow!(message))?;
    let path = folder.join(name);
    ensure!(path.is_file(), "there is no program {}", path.display());
    Ok(path)
}

/// Where cargo puts programs of the profile that this test was built with: one up
/// from its own place.
fn folder() -> Result<PathBuf> {
    let own = env::current_exe().context("the path of this test")?;
    let folder = own.parent().and_then(Path::parent);
    Ok(folder
        .context("this test lies outside a target folder")?
        .to_owned())
}

/// Whether a program is newer than all its sources, which cargo lists beside it.
/// `cargo test` for the whole workspace builds programs before it runs tests, and
/// asking cargo again would build them with other features.
fn is_fresh(folder: &Path, name: &str) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|it| it.modified()).ok();
    let Some(built) = changed(&folder.join(name)) else {
        return false;
    };
    let Ok(list) = fs::read_to_string(folder.join(name).with_extension("d")) else {
        return false;
    };
    let sources = list.split_once(": ").map_or("", |(_, sources)| sources);
    sources
        .split_whitespace()
        .all(|source| changed(Path::new(source)).is_some_and(|at| at <= built))
}

fn build(folder: &Path) -> Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--bins"]);
    for package in PACKAGES {
        command.args(["-p", package]);
    }
    if folder.ends_with("release") {
        command.arg("--release");
    }
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    let status = command.status().context("cargo cannot be run")?;
    ensure!(
        status.success(),
        "the programs under test do not build: {status}"
    );
    Ok(())
}
