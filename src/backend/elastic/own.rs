//! A rule that was read from Elastic's format and is written to it: its own file, as it is.

use super::super::{Emitted, Output, QueryLanguage};
use super::stack;
use crate::catalog::versions::Installed;
use crate::fidelity::Loss;
use crate::ir::Rule;
use crate::syntax::{Node, parse_toml};

/// The language of the rule's query in its own file.
pub(in crate::backend) fn language(rule: &Rule) -> Option<QueryLanguage> {
    let root = parse_toml(rule.file.as_deref()?).root;
    match root.path(&["rule", "language"]).and_then(Node::as_str)? {
        "eql" => Some(QueryLanguage::Eql),
        "esql" => Some(QueryLanguage::Esql),
        "kuery" => Some(QueryLanguage::Kuery),
        "lucene" => Some(QueryLanguage::Lucene),
        _ => None,
    }
}

/// The file, byte for byte. What the stack does not take stays in it and is told.
///
/// # Errors
/// When the stack does not have what the rule cannot be without.
pub(super) fn toml(rule: &Rule, file: &str, installed: &Installed) -> Result<Emitted, Vec<Loss>> {
    let mut losses = Vec::new();
    if let Some(stack) = installed.stack {
        let root = parse_toml(file).root;
        losses = stack::needs(rule, &root, stack)?;
        losses.extend(stack::newer_keys(rule, &root, stack).iter().map(|newer| newer.loss(stack)));
    }
    Ok(Emitted { outputs: vec![Output::new(".toml", file.to_owned())], losses, assumes: Vec::new() })
}
