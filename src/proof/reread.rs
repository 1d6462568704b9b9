//! An emitted rule, read again: a proof speaks of the text that the user gets, not of what it was printed from.

use super::imported;
use crate::backend::{Output, Target, name_outputs, native};
use crate::frontend::{Context, Language, QueryOptions, apply_filters, load, load_query};
use crate::ir::Rule;
use crate::source::{Companions, Diagnostic, Level, SourceFile};

/// The outputs of a conversion as the files that name each other.
struct Emitted<'a>(&'a [Output]);

impl Companions for Emitted<'_> {
    fn companion(&self, _main: &str, relative: &str) -> Option<SourceFile> {
        let named = |output: &&Output| relative.ends_with(&[output.suffix.as_str(), output.extension].concat());
        let output = self.0.iter().filter(named).max_by_key(|output| output.suffix.len())?;
        Some(SourceFile::new(relative, output.text.clone()))
    }
}

/// All rules of the emitted texts; the last is the one that stands for the source. `indices` are the index patterns that a bare
/// query runs on: they decide the types of its fields.
///
/// # Errors
/// With what the front-end says about a text that it cannot read.
pub(super) fn reread(target: Target, outputs: &[Output], indices: &[&str]) -> Result<Vec<Rule>, String> {
    let main = outputs.iter().find(|output| output.extension != ".py").ok_or("nothing was written")?;
    let language = match target {
        Target::Eql => Language::Eql,
        Target::Kql => Language::Kql,
        Target::Lucene => Language::Lucene,
        Target::Esql => Language::Esql,
        Target::Native => return native::parse(&main.text),
        Target::ElasticNdjson => return readable(imported(&main.text)?),
        Target::Elastic | Target::Sigma | Target::Panther | Target::PantherSimple => {
            return readable(rules_of(main, outputs)?);
        }
        Target::PantherCorrelation => {
            let mut outputs = outputs.to_vec();
            name_outputs(target, "emitted", &mut outputs);
            // The signals first, the correlation last.
            let mut found = Vec::new();
            for output in outputs.iter().rev().filter(|output| output.extension == ".yml") {
                found.extend(rules_of(output, &outputs)?);
            }
            return readable(found);
        }
    };
    let (item, diagnostics) = load_query(language, &main.text, &QueryOptions { indices, ..QueryOptions::default() });
    complaint(&diagnostics)?;
    readable(vec![item.rule])
}

/// The rule of Kibana's lines, with the exceptions that stand beside it.
fn imported(text: &str) -> Result<Vec<Rule>, String> {
    let (rule, exceptions) = imported::files(text)?;
    let loaded = |text: String| load(SourceFile::new("emitted.toml", text), &Context::default());
    let mut files = vec![loaded(rule)];
    files.extend(exceptions.map(loaded));
    files.iter().try_for_each(|file| complaint(&file.diagnostics))?;
    apply_filters(&mut files);
    Ok(files.swap_remove(0).items.into_iter().map(|item| item.rule).collect())
}

fn rules_of(output: &Output, all: &[Output]) -> Result<Vec<Rule>, String> {
    let file = SourceFile::new(format!("emitted{}{}", output.suffix, output.extension), output.text.clone());
    let loaded = load(file, &Context::beside(&Emitted(all)));
    complaint(&loaded.diagnostics)?;
    Ok(loaded.items.into_iter().map(|item| item.rule).collect())
}

fn complaint(diagnostics: &[Diagnostic]) -> Result<(), String> {
    match diagnostics.iter().find(|diagnostic| diagnostic.level == Level::Error) {
        Some(error) => Err(format!("the emitted text cannot be read: {}", error.message)),
        None => Ok(()),
    }
}

fn readable(rules: Vec<Rule>) -> Result<Vec<Rule>, String> {
    if rules.is_empty() { Err("the emitted text holds no rule".to_owned()) } else { Ok(rules) }
}
