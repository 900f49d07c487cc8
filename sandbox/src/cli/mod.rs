//! The command that serves the sandbox on given ports.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;

use crate::bigcommerce::faults::Faults;
use crate::bigcommerce::quota::Limit;
use crate::bigcommerce::{self, Load, World};
use crate::fusion::FusionConfig;
use crate::generator::Wishes;
use crate::sandbox::{Sandbox, SandboxConfig};
use crate::store::profile;
use crate::webhooks::Settings;

/// Serve stand-ins for BigCommerce and Oracle Fusion.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Address of the BigCommerce stand-in (both stores).
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9081")]
    pub bigcommerce: SocketAddr,
    /// Address of the Fusion stand-in.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9082")]
    pub fusion: SocketAddr,
    /// Where webhooks go; `{key}` stands for the store, and without it
    /// `/webhooks/{key}` is appended. No webhooks are registered without this.
    #[arg(long, value_name = "URL")]
    pub webhooks: Option<String>,
    /// Orders to create at once, over both stores.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub orders: u32,
    /// Refunds to make after that.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub refunds: u32,
    /// Orders per second; as fast as possible without.
    #[arg(long, value_name = "N", value_parser = pace)]
    pub rate: Option<f64>,
    /// Spread the dates of the orders over so many days back.
    #[arg(long, value_name = "DAYS", default_value_t = 0)]
    pub days_back: u32,
    /// Seed of all that is drawn.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Share of webhooks that are never sent, 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    pub drop_rate: f64,
    /// Share of webhooks that are sent twice, 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    pub duplicate_rate: f64,
    /// Factor on the retry schedule of two days: 0.001 retries after 60 ms.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = share)]
    pub retry_scale: f64,
    /// API requests a store allows in 30 seconds.
    #[arg(long, value_name = "N", default_value_t = 450)]
    pub quota: u32,
    /// Delay of every API answer, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub delay_ms: u64,
}

impl Args {
    fn config(&self) -> SandboxConfig {
        let mut deliveries = Settings::default();
        deliveries.apply(&crate::webhooks::SettingsChange {
            drop_rate: Some(self.drop_rate),
            duplicate_rate: Some(self.duplicate_rate),
            retry_scale: Some(self.retry_scale),
            ..Default::default()
        });
        SandboxConfig {
            bigcommerce: bigcommerce::Config {
                listen: self.bigcommerce,
                seed: self.seed,
                quota: Limit {
                    requests: self.quota,
                    window: Duration::from_secs(30),
                },
                webhooks: self.webhooks.clone(),
                deliveries,
            },
            fusion_listen: self.fusion,
            fusion: FusionConfig {
                seed: self.seed,
                ..FusionConfig::default()
            },
        }
    }
}

/// Serves until interrupted.
///
/// # Errors
/// When an address cannot be listened on.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let sandbox = Sandbox::start(args.config()).await?;
    let world = sandbox.bigcommerce.world();
    *world.faults() = Faults {
        delay_ms: args.delay_ms,
        ..Faults::default()
    };
    announce(&sandbox, &args);
    fill(world, &args).await?;
    tokio::signal::ctrl_c()
        .await
        .context("cannot wait for an interrupt")?;
    sandbox.stop().await;
    Ok(())
}

/// Creates the orders and refunds asked for, half of them in each store.
async fn fill(world: &World, args: &Args) -> anyhow::Result<()> {
    let stores = u32::try_from(profile::ALL.len()).unwrap_or(1);
    for (store, place) in profile::ALL.iter().zip(0..) {
        let share = |total: u32| total / stores + u32::from(place < total % stores);
        let load = Load {
            count: share(args.orders),
            per_second: args.rate,
            wishes: Wishes {
                days_back: args.days_back,
                ..Wishes::default()
            },
            ..Load::default()
        };
        let orders = world.create_orders(store.key, &load).await?;
        for _ in 0..share(args.refunds) {
            world.refund(store.key, None, None)?;
        }
        if !orders.is_empty() || args.refunds > 0 {
            println!(
                "{}: {} orders, {} refunds",
                store.key,
                orders.len(),
                share(args.refunds)
            );
        }
    }
    Ok(())
}

fn announce(sandbox: &Sandbox, args: &Args) {
    let (stores, pod) = (sandbox.bigcommerce.url(), sandbox.fusion.base_url());
    println!("BigCommerce  {stores}");
    for p in profile::ALL {
        println!("  {}: {stores}/stores/{}  token {}", p.key, p.hash, p.token);
    }
    println!("Fusion       {pod}");
    match &args.webhooks {
        Some(url) => println!("Webhooks     {url}"),
        None => println!("Webhooks     none (--webhooks URL, or POST /v3/hooks)"),
    }
    println!(
        "\nMake things happen:\n  \
         POST {stores}/admin/stores/us/orders      {{\"count\": 10}}\n  \
         POST {stores}/admin/stores/us/refunds     {{\"count\": 2}}\n  \
         POST {stores}/admin/stores/us/malform     {{\"kind\": \"total_not_a_number\"}}\n  \
         GET  {stores}/admin/stores/us/truth\n\
         Switch faults:\n  \
         POST {stores}/admin/bigcommerce/faults    {{\"down\": true}} or throttle, delay_ms, error_500_next, truncate_next\n  \
         POST {stores}/admin/webhooks              {{\"paused\": true}} or drop_rate, drop_next, duplicate_rate, forge\n  \
         POST {pod}/admin/fusion/faults"
    );
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("expected a number from 0 to 1".to_owned()),
    }
}

fn pace(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate > 0.0 => Ok(rate),
        _ => Err("expected a number of orders per second above 0".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::Args;

    #[derive(Parser)]
    struct Whole {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn arguments_have_documented_defaults_and_are_checked() {
        Whole::command().debug_assert();
        let parse = |line: &[&str]| Whole::try_parse_from([&["sandbox"], line].concat());
        let args = parse(&[]).map(|w| w.args).unwrap();
        assert_eq!(args.bigcommerce.port(), 9081);
        assert_eq!(args.quota, 450);
        assert!(parse(&["--drop-rate", "0.25", "--rate", "50"]).is_ok());
        for wrong in [
            ["--drop-rate", "NaN"],
            ["--retry-scale", "2"],
            ["--rate", "0"],
        ] {
            assert!(parse(&wrong).is_err(), "{wrong:?}");
        }
    }
}
