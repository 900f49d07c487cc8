//! Where the data of a command is.

use std::path::PathBuf;

use clap::Args;
use service::{ServiceArgs, config::Config};
use views::Views;

/// Where the data of a command is: in a configuration's data folder, or in one
/// that is named.
#[derive(Debug, Args)]
pub(super) struct DataArgs {
    #[command(flatten)]
    pub(super) service: ServiceArgs,
    /// The data folder itself, without a configuration
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
}

impl DataArgs {
    pub(super) fn folder(&self) -> anyhow::Result<PathBuf> {
        match &self.data {
            Some(folder) => Ok(folder.clone()),
            None => Ok(Config::load(&self.service.config)?.data_dir),
        }
    }

    pub(super) fn views(&self) -> anyhow::Result<Views> {
        Ok(Views::open(&views::folder(&self.folder()?))?)
    }
}
