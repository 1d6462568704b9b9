//! The Elastic front-end over the published rules.

use crate::shared::{corpus, texts};
use detc::frontend::{Context, load};
use detc::ir::Logic;
use detc::source::SourceFile;
use std::collections::BTreeMap;

#[test]
fn every_published_rule_loads_and_all_eql_and_kql_is_understood() {
    let Some(folder) = corpus("elastic") else { return };
    let files = texts(&folder, &["toml"]);
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut diagnostics: Vec<String> = Vec::new();
    let mut holes: BTreeMap<String, usize> = BTreeMap::new();
    let mut items = 0;
    for (path, text) in &files {
        let loaded = load(SourceFile::new(path.display().to_string(), text.as_str()), &Context::default());
        diagnostics.extend(loaded.diagnostics.iter().map(|found| {
            let line = loaded.unit.main().line_column(found.location.span.start).0;
            format!("{}:{line}: {}: {}", loaded.unit.main().file_name(), found.lint, found.message)
        }));
        for item in &loaded.items {
            items += 1;
            let rule = &item.rule;
            let kind = match &rule.logic {
                Logic::Opaque(opaque) => format!("opaque ({})", opaque.code),
                logic => logic.name().to_owned(),
            };
            *kinds.entry(kind).or_default() += 1;
            if !matches!(rule.logic, Logic::Opaque(_)) && rule.opaque_parts() > 0 {
                *holes.entry(rule.opaque_reason().unwrap_or_default()).or_default() += 1;
            }
        }
    }
    println!("{} files, {items} rules", files.len());
    kinds.iter().for_each(|(kind, count)| println!("{count:6} {kind}"));
    holes.iter().for_each(|(reason, count)| println!("{count:6} with a hole: {reason}"));
    diagnostics.iter().for_each(|line| println!("{line}"));
    assert_eq!((files.len(), items), (2_192, 2_192));
}
