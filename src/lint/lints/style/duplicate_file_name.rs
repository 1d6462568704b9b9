//! Files of one name.

use crate::ir::Dialect;
use crate::lint::CorpusCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use foldhash::fast::RandomState;
use std::collections::HashMap;

declare_lint! {
    /// ## What it checks
    /// Files with Sigma rules that have the same name in different folders.
    ///
    /// ## Why it matters
    /// Converted rules are named after their file: in one folder, one takes the other's place.
    ///
    /// ## Fix
    /// Rename one of the files after what its rule is about.
    ///
    /// ## References
    /// SigmaHQ filename convention; pySigma, `duplicate_filename`.
    pub(in crate::lint) META = {
        name: "duplicate-file-name", family: "style", level: Note, stage: Stage::Stable("0.1.0"), tap: Tap::Corpus(check),
    }
}

fn check(cx: &mut CorpusCx<'_>) {
    let files = cx.files;
    let mut first: HashMap<&str, usize, RandomState> =
        HashMap::with_capacity_and_hasher(cx.files.len(), RandomState::default());
    for (file, outline) in files.iter().enumerate() {
        let Some(rule) = outline.rules.first().filter(|rule| rule.dialect == Dialect::Sigma) else { continue };
        let Some(place) = rule.title_at else { continue };
        let main = outline.unit.main();
        let other = *first.entry(main.file_name()).or_insert(file);
        let path = &files[other].unit.main().path;
        if other != file && *path != main.path {
            let finding = cx.diagnostic(rule, place, format!("{path} has the same name"));
            cx.report(file, finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::frontend::{Context, load};
    use crate::lint::{Outline, Settings, check_corpus};
    use crate::source::SourceFile;

    #[test]
    fn the_second_file_of_a_name_is_told() {
        let outline = |path: &str| {
            let text = format!(
                "title: {path}\nlogsource:\n    product: okta\ndetection:\n    s:\n        f: '{path}'\n    condition: s\n"
            );
            Outline::new(load(SourceFile::new(path.to_owned(), text), &Context::default()))
        };
        let outlines = [outline("a/x.yml"), outline("b/y.yml"), outline("b/x.yml")];
        let outlines: Vec<&Outline> = outlines.iter().collect();
        let found = check_corpus(&outlines, &Settings::defaults());
        let own: Vec<_> = found.iter().filter(|(_, found)| found.lint == "duplicate-file-name").collect();
        assert_eq!(own.len(), 1);
        assert_eq!((own[0].0, own[0].1.message.as_str()), (2, "a/x.yml has the same name"));
    }
}
