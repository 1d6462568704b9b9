//! `--stack` and `--integration`: what the rules are for.

use crate::catalog::versions::{self, Version};

#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Installed {
    /// The version of the Elastic Stack that the rules are for; the newest known without it
    #[arg(long, value_name = "VERSION", value_parser = version)]
    stack: Option<Version>,
    /// The version of an integration package; without it the newest that the stack admits
    #[arg(long, value_name = "NAME=VERSION", value_parser = integration)]
    integration: Vec<(String, String)>,
}

fn version(text: &str) -> Result<Version, String> {
    Version::parse(text).ok_or_else(|| "a version is like 8.19 or 9.3.0".to_owned())
}

fn integration(text: &str) -> Result<(String, String), String> {
    let (name, version) = text.split_once('=').ok_or("write NAME=VERSION, like okta=2.11.0")?;
    if !versions::is_known(name) {
        return Err(format!("no integration package `{name}` is known"));
    }
    Version::parse(version).ok_or("a version is like 2.11.0")?;
    Ok((name.to_owned(), version.to_owned()))
}

impl Installed {
    pub(super) fn versions(&self) -> versions::Installed {
        versions::Installed { stack: self.stack, integrations: self.integration.iter().cloned().collect() }
    }
}
