//! Sealing the secrets of a configuration.

use std::{
    fs::{File, OpenOptions},
    io::{IsTerminal, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, fchown},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};
use schemas::causes;
use secrecy::{ExposeSecret, SecretString};
use service::{
    ServiceArgs,
    config::{Config, is_secret, secret_places},
    seal::{self, SealKey},
};

use crate::exit::Outcome;

/// Seal secrets, so that the configuration can be kept where others read it
#[derive(Debug, Args)]
#[command(after_help = "From nothing to a sealed secret:\n  \
                  counterfoil secrets keygen seal.key\n  \
                  export COUNTERFOIL_SEAL_KEY_FILE=seal.key\n  \
                  counterfoil secrets seal stores.us.token < token.txt\n  \
                  and what it prints is the value of `token` in [stores.us].\n\n\
                  To replace the key: make another, name it before the old one in `seal.keys`, run\n\
                  `counterfoil secrets rotate`, restart the services, and take the old one away.")]
pub(super) struct SecretsArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Keygen(Keygen),
    Seal(Seal),
    Rotate(Rotate),
    Check(Check),
}

/// Make a key, and print it or keep it in a new file that only its owner can read
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  counterfoil secrets keygen /run/secrets/seal_key")]
struct Keygen {
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Seal the secret on standard input for one key of the configuration, and print the value to put there
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  counterfoil secrets seal fusion.client_secret < secret.txt\n  \
                  pass show counterfoil/us | counterfoil secrets seal stores.us.token\n\n\
                  The end of the last line is not taken for a part of the secret."
)]
struct Seal {
    #[command(flatten)]
    service: ServiceArgs,
    /// Where the secret belongs, such as stores.us.token: it opens nowhere else
    #[arg(value_name = "KEY")]
    place: String,
}

/// Seal anew, with the first key, every value of the configuration file that an older key sealed
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  counterfoil secrets rotate --config counterfoil.toml\n\n\
                  Nothing else in the file changes, and if one value cannot be opened, nothing at all does.\n\
                  Sealed values given by the environment stay as they are: `secrets check` names them."
)]
struct Rotate {
    #[command(flatten)]
    service: ServiceArgs,
}

/// Say of each secret where it comes from, and whether it can be had
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  counterfoil secrets check\n\n\
                  Exits with 3 if one cannot be had. No secret is printed.")]
struct Check {
    #[command(flatten)]
    service: ServiceArgs,
}

impl SecretsArgs {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        match self.action {
            Action::Keygen(keygen) => keygen.run(),
            Action::Seal(seal) => seal.run(),
            Action::Rotate(rotate) => rotate.run(),
            Action::Check(check) => check.run(),
        }
    }
}

impl Keygen {
    fn run(self) -> anyhow::Result<Outcome> {
        let key = SealKey::generate()?;
        let text = key.text();
        match self.file {
            None => println!("{}", text.expose_secret()),
            Some(file) => {
                let mut options = OpenOptions::new();
                options.write(true).create_new(true).mode(0o600);
                let mut new = options.open(&file).with_context(|| {
                    format!("cannot make {}, which must be a new file", file.display())
                })?;
                writeln!(new, "{}", text.expose_secret())?;
                new.sync_all()?;
            }
        }
        eprintln!("key {}: whoever has it can open what it seals", key.id());
        Ok(Outcome::Fine)
    }
}

impl Seal {
    fn run(self) -> anyhow::Result<Outcome> {
        ensure!(
            is_secret(&self.place),
            "`{}` is not the key of a secret: those are {}",
            self.place,
            secret_places()
        );
        let ring = Config::seal_keys(&self.service.config)?;
        let secret = read_secret()?;
        println!("{}", ring.seal(&self.place, secret.expose_secret())?);
        Ok(Outcome::Fine)
    }
}

fn read_secret() -> anyhow::Result<SecretString> {
    if std::io::stdin().is_terminal() {
        eprintln!("the secret, then the end of input (Ctrl-D on a line of its own):");
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .context("cannot read the secret from standard input")?;
    Ok(text.trim_end_matches(['\n', '\r']).into())
}

impl Rotate {
    fn run(self) -> anyhow::Result<Outcome> {
        let file = &self.service.config;
        let ring = Config::seal_keys(file)?;
        let Some(first) = ring.first() else {
            bail!(seal::SealError::NoKey);
        };
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        let rotated = seal::rotate(&text, &ring);
        let (text, count) =
            rotated.with_context(|| format!("{} stays as it is", file.display()))?;
        if count > 0 {
            replace(file, &text).with_context(|| format!("cannot replace {}", file.display()))?;
        }
        println!(
            "{}: {count} values sealed anew with key {first}",
            file.display()
        );
        Ok(Outcome::Fine)
    }
}

/// Replaces a file's contents as a whole or not at all, whatever happens; its mode
/// and owner stay.
fn replace(file: &Path, text: &str) -> anyhow::Result<()> {
    // Behind a link, it is the file itself that changes.
    let file = file.canonicalize()?;
    let folder = file.parent().context("it is in no folder")?;
    let before = file.metadata()?;
    let mut fresh = tempfile::NamedTempFile::new_in(folder)?;
    fresh.write_all(text.as_bytes())?;
    fresh.as_file().set_permissions(before.permissions())?;
    let made = fresh.as_file().metadata()?;
    if (made.uid(), made.gid()) != (before.uid(), before.gid()) {
        fchown(fresh.as_file(), Some(before.uid()), Some(before.gid()))
            .context("its owner is another user: do it as that one")?;
    }
    fresh.as_file().sync_all()?;
    fresh.persist(&file)?;
    File::open(folder)?.sync_all()?;
    Ok(())
}

impl Check {
    fn run(self) -> anyhow::Result<Outcome> {
        let (ring, secrets) = Config::secrets(&self.service.config)?;
        for secret in &secrets {
            let state = match &secret.fault {
                Some(fault) => format!("cannot be had: {}", causes(fault.as_ref())),
                None if secret.is_of_older_key => {
                    "can be had, by an older key: `counterfoil secrets rotate`".to_owned()
                }
                None => "can be had".to_owned(),
            };
            println!("{}: {}, {state}", secret.place, secret.origin);
        }
        match ring.first() {
            Some(first) => println!("secrets are sealed with key {first}"),
            None => println!("there is no seal key"),
        }
        Ok(Outcome::in_order(
            secrets.iter().all(|it| it.fault.is_none()),
        ))
    }
}
