//! `detc explain`

use super::output::Terminal;
use super::{CliError, Exit};
use crate::fidelity::{CODES, LossCode};
use crate::lint::{self, LintMeta, Stage};
use crate::source::nearest_or_longer;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A lint (`detc lints`), or a loss code (`L101` or `field-unmapped`)
    name: String,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit, CliError> {
    let code = CODES.iter().find(|code| code.name == args.name || code.id.eq_ignore_ascii_case(&args.name));
    let page = match (lint::find(&args.name), code) {
        (Some(meta), _) => lint_page(meta),
        (None, Some(code)) => loss_page(code),
        (None, None) => return Err(CliError::usage(unknown(&args.name))),
    };
    terminal.print(&page)?;
    Ok(Exit::Clean)
}

fn lint_page(meta: &LintMeta) -> String {
    let since = match meta.stage {
        Stage::Stable(version) => format!("since {version}"),
        Stage::Preview(version) => format!("preview since {version}: only on when selected by name"),
    };
    format!(
        "# {}\n\nFamily {}, {} by default, {since}.\n\n{}",
        meta.name,
        meta.family,
        meta.level().name(),
        meta.page_text()
    )
}

fn loss_page(code: &LossCode) -> String {
    let dead = if code.dead {
        "\nA rule with it could never fire, so it is refused under every `--max-loss`; `--allow` lets it through.\n"
    } else {
        ""
    };
    format!("# {} {}\n\n{}{dead}", code.id, code.name, code.page_text())
}

fn unknown(name: &str) -> String {
    let names = lint::all().iter().map(|meta| meta.name).chain(CODES.iter().map(|code| code.name));
    let near = nearest_or_longer(name, names).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    format!("there is no lint or loss code `{name}`{near}")
}
