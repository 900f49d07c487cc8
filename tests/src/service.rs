//! One of the four services as a process of its own.

use std::{
    fmt,
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::programs::program;

/// How long a service may take to finish what it has in hand.
const STOP_PATIENCE: Duration = Duration::from_secs(20);

/// The four services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    Ingest,
    Mapper,
    Poster,
    Projector,
}

impl Service {
    pub const ALL: [Service; 4] = [
        Service::Ingest,
        Service::Mapper,
        Service::Poster,
        Service::Projector,
    ];

    /// Its name, which is also its program's.
    pub fn name(self) -> &'static str {
        match self {
            Service::Ingest => "ingest",
            Service::Mapper => "mapper",
            Service::Poster => "poster",
            Service::Projector => "projector",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A running service; killed when dropped. What it prints is appended to a file.
#[derive(Debug)]
pub struct Process {
    child: Child,
    output: PathBuf,
}

impl Process {
    /// Starts a service; its output goes to `<folder>/<name>.log`.
    pub fn start(service: Service, config: &Path, folder: &Path) -> Result<Process> {
        Process::spawn(service.name(), &[], config, folder)
    }

    /// Starts all services in one process; its output goes to
    /// `<folder>/counterfoil.log`.
    pub fn start_all_in_one(config: &Path, folder: &Path) -> Result<Process> {
        Process::spawn("counterfoil", &["run"], config, folder)
    }

    fn spawn(name: &str, arguments: &[&str], config: &Path, folder: &Path) -> Result<Process> {
        let output = folder.join(name).with_extension("log");
        let file = File::options().create(true).append(true).open(&output)?;
        let child = Command::new(program(name)?)
            .args(arguments)
            .arg("--config")
            .arg(config)
            .env_remove("RUST_LOG")
            // The output goes to a file.
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("{name} cannot be started"))?;
        Ok(Process { child, output })
    }

    /// SIGKILL: it gets no chance to put anything away.
    pub fn kill(&mut self) {
        // An error means that it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM, and waits until it has finished what it has in hand.
    pub fn stop(&mut self) -> Result<ExitStatus> {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status()?;
        if !told.success() {
            bail!("process {pid} cannot be told to stop");
        }
        self.wait(STOP_PATIENCE)
    }

    /// Waits until it ends by itself.
    pub fn wait(&mut self, patience: Duration) -> Result<ExitStatus> {
        let until = Instant::now() + patience;
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            sleep(Duration::from_millis(20));
        }
        bail!("{} still runs\n{}", self.output.display(), self.output())
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Everything it printed, in all its lives.
    pub fn output(&self) -> String {
        std::fs::read_to_string(&self.output).unwrap_or_default()
    }

    /// Memory it holds at most so far, in kilobytes, where the system tells.
    pub fn peak_memory_kb(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
