//! A real nats-server for tests: on free ports, with a store of its own, that
//! can be killed and started again.

use std::{
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::ports::free_port;

/// The first version whose atomic batches are synced once.
const OLDEST: (u64, u64) = (2, 15);
const START_ATTEMPTS: u32 = 3;
/// How long a server may take to accept connections.
const START_PATIENCE: Duration = Duration::from_secs(20);

/// Who a server as deployed lets in.
pub const USER: &str = "counterfoil";
pub const PASSWORD: &str = "nats-password";

/// How the server is set up.
#[derive(Debug, Clone)]
pub struct NatsOptions {
    /// Sync before each acknowledgement, as in production.
    pub sync_always: bool,
}

impl Default for NatsOptions {
    fn default() -> Self {
        NatsOptions { sync_always: true }
    }
}

/// A running nats-server with JetStream; stopped and removed when dropped.
pub struct NatsServer {
    /// `nats://127.0.0.1:PORT`
    pub url: String,
    /// `http://127.0.0.1:PORT`, the monitoring endpoint.
    pub monitor_url: String,
    binary: PathBuf,
    arguments: Vec<OsString>,
    dir: TempDir,
    child: Option<Child>,
}

impl NatsServer {
    /// Starts a server that syncs before it acknowledges.
    pub fn start() -> Result<NatsServer> {
        NatsServer::start_with(NatsOptions::default())
    }

    pub fn start_with(options: NatsOptions) -> Result<NatsServer> {
        NatsServer::launch(|dir, port, monitor_port| {
            let path = dir.join("nats.conf");
            fs::write(&path, configuration(&options, dir, port, monitor_port))?;
            Ok(vec!["-c".into(), path.into()])
        })
    }

    /// Starts a server with the configuration that is deployed, all but the
    /// addresses and the folder; [`USER`] and [`PASSWORD`] let in.
    pub fn start_as_deployed() -> Result<NatsServer> {
        NatsServer::launch(|dir, port, monitor_port| {
            let deployed = Path::new(env!("CARGO_MANIFEST_DIR"));
            let deployed = deployed.join("../deploy/nats/nats-server.conf");
            let text = fs::read_to_string(&deployed).context("deploy/nats/nats-server.conf")?;
            let folder = "store_dir: \"/data/jetstream\"";
            ensure!(
                text.contains(folder),
                "the deployed configuration has another {folder}"
            );
            let own = format!("store_dir: \"{}\"", dir.join("store").display());
            let path = dir.join("nats.conf");
            fs::write(&path, text.replace(folder, &own))?;
            let (port, monitor_port) = (port.to_string(), monitor_port.to_string());
            Ok(vec![
                "-c".into(),
                path.into(),
                "--addr".into(),
                "127.0.0.1".into(),
                "--port".into(),
                port.into(),
                "--http_port".into(),
                monitor_port.into(),
            ])
        })
    }

    fn launch(arguments: impl Fn(&Path, u16, u16) -> Result<Vec<OsString>>) -> Result<NatsServer> {
        // A port that was free a moment ago may be taken now.
        (1..START_ATTEMPTS)
            .find_map(|_| NatsServer::attempt(&arguments).ok())
            .map_or_else(|| NatsServer::attempt(&arguments), Ok)
    }

    fn attempt(arguments: impl Fn(&Path, u16, u16) -> Result<Vec<OsString>>) -> Result<NatsServer> {
        let dir = tempfile::tempdir().context("a folder for nats-server")?;
        let (port, monitor_port) = (free_port()?, free_port()?);
        let mut server = NatsServer {
            url: format!("nats://127.0.0.1:{port}"),
            monitor_url: format!("http://127.0.0.1:{monitor_port}"),
            binary: find_binary()?,
            arguments: arguments(dir.path(), port, monitor_port)?,
            dir,
            child: None,
        };
        server.restart()?;
        Ok(server)
    }

    /// The process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// The folder in which the server keeps everything.
    pub fn store(&self) -> PathBuf {
        self.dir.path().join("store")
    }

    /// SIGKILL: the server gets no chance to put anything away.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // An error means that it has ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Starts the server again, after [`NatsServer::kill`] or in place of the
    /// running one, on the same ports and the same store.
    pub fn restart(&mut self) -> Result<()> {
        self.kill();
        let log = self.dir.path().join("nats.log");
        let output = fs::File::options().create(true).append(true).open(&log)?;
        let child = Command::new(&self.binary)
            .args(&self.arguments)
            .env("NATS_SERVER_NAME", "tests")
            .env("NATS_USER", USER)
            .env("NATS_PASSWORD", PASSWORD)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("{} cannot be started", self.binary.display()))?;
        self.child = Some(child);
        self.wait_until_ready(&log)
    }

    fn wait_until_ready(&mut self, log: &Path) -> Result<()> {
        let until = Instant::now() + START_PATIENCE;
        let address = self.url.trim_start_matches("nats://").to_owned();
        while Instant::now() < until {
            if let Some(child) = &mut self.child
                && let Some(status) = child.try_wait()?
            {
                let text = fs::read_to_string(log).unwrap_or_default();
                bail!("nats-server ended with {status}:\n{text}");
            }
            if std::net::TcpStream::connect(&address).is_ok() && ready(log)? {
                return Ok(());
            }
            sleep(Duration::from_millis(10));
        }
        bail!("nats-server does not accept connections on {address}")
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The log is appended to, so the newest start counts.
fn ready(log: &Path) -> io::Result<bool> {
    let text = fs::read_to_string(log)?;
    let newest = text.rsplit("Starting nats-server").next();
    Ok(newest.is_some_and(|text| text.contains("Server is ready")))
}

fn configuration(options: &NatsOptions, dir: &Path, port: u16, monitor_port: u16) -> String {
    let sync = if options.sync_always { "always" } else { "2m" };
    format!(
        "listen: 127.0.0.1:{port}\n\
         http: 127.0.0.1:{monitor_port}\n\
         jetstream {{\n  store_dir: \"{}\"\n  sync_interval: {sync}\n}}\n",
        dir.join("store").display()
    )
}

/// `COUNTERFOIL_NATS_SERVER`, else the one on the PATH if it is new enough, else
/// the one that `make tools` puts beside the workspace.
fn find_binary() -> Result<PathBuf> {
    if let Some(path) = env::var_os("COUNTERFOIL_NATS_SERVER") {
        let path = PathBuf::from(path);
        let version = version(&path)
            .with_context(|| format!("COUNTERFOIL_NATS_SERVER = {}", path.display()))?;
        ensure!(
            version >= OLDEST,
            "COUNTERFOIL_NATS_SERVER is older than 2.15"
        );
        return Ok(path);
    }
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/nats-server/nats-server");
    [PathBuf::from("nats-server"), tools]
        .into_iter()
        .find(|path| version(path).is_ok_and(|version| version >= OLDEST))
        .context("there is no nats-server 2.15 or newer for the tests: run `make tools`")
}

/// `nats-server: v2.15.1` on the output of `--version`.
fn version(binary: &Path) -> Result<(u64, u64)> {
    let output = Command::new(binary).arg("--version").output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // The last `v`: there is another one in `nats-server` itself.
    let number = text.trim().rsplit('v').next().unwrap_or_default();
    let mut parts = number.split('.').map(str::parse::<u64>);
    match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => Ok((major, minor)),
        _ => bail!("`{}` is not a version", text.trim()),
    }
}
