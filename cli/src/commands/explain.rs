//! `counterfoil explain`: what a code means and what to do.

use clap::Args;
use schemas::codes;

use crate::exit::Outcome;

/// Say what a code means: its cause, its remedy, who acts, and how it goes again
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  counterfoil explain EF04\n  counterfoil explain --list\n\n\
                  Exits with 3 if the code has no page."
)]
pub(super) struct Explain {
    /// Fusion's code, or one of ours
    #[arg(required_unless_present = "list")]
    code: Option<String>,
    /// List the codes that have a page
    #[arg(long)]
    list: bool,
}

impl Explain {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let Some(code) = self.code.filter(|_| !self.list) else {
            for page in codes::PAGES {
                println!("{}", page.title());
            }
            return Ok(Outcome::Fine);
        };
        match codes::page(&code.to_uppercase()) {
            Some(page) => {
                print!("{}", page.text);
                Ok(Outcome::Fine)
            }
            None => {
                println!("{code} has no page here. {}.", codes::remedy(&code));
                Ok(Outcome::NotInOrder)
            }
        }
    }
}
