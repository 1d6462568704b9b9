//! What the outputs of a conversion are called.

use crate::backend::{Target, base_name};
use crate::frontend::Loaded;
use foldhash::fast::RandomState;
use std::collections::{HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

/// What the outputs of a file's rules are called before their extension: the file's stem, with the id where the file holds
/// several rules, and with a number where it holds several of one id (`rule-ID`, `rule-ID-2`).
pub(super) fn bases(loaded: &Loaded, target: Target) -> Vec<String> {
    let stem = safe(stem(loaded));
    if loaded.items.len() < 2 {
        return vec![base_name(target, &stem)];
    }
    let wanted = loaded.items.iter().map(|item| {
        let meta = &item.rule.meta;
        base_name(target, &format!("{stem}-{}", safe(meta.id.as_ref().map_or(&meta.title, |id| &id.value))))
    });
    numbered(wanted.collect()).iter().map(|name| base_name(target, name)).collect()
}

/// The name of the file without its extension.
pub(super) fn stem(loaded: &Loaded) -> &str {
    let name = loaded.unit.main().file_name();
    name.rsplit_once('.').map_or(name, |(stem, _)| stem).trim_matches(['<', '>'])
}

/// Names that differ: the second of a name gets `-2`, or the next number that no other name has.
fn numbered(wanted: Vec<String>) -> Vec<String> {
    let mut taken: HashSet<String> = wanted.iter().map(|name| name.to_lowercase()).collect();
    let mut last: HashMap<String, usize> = HashMap::new();
    let number = |name: String| {
        let count = last.entry(name.to_lowercase()).or_insert(0);
        *count += 1;
        if *count == 1 {
            return name;
        }
        loop {
            let numbered = format!("{name}-{count}");
            if taken.insert(numbered.to_lowercase()) {
                return numbered;
            }
            *count += 1;
        }
    };
    wanted.into_iter().map(number).collect()
}

/// A part of a file name: what some system does not take in one becomes `_`.
fn safe(text: &str) -> String {
    let keep = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ' | '(' | ')' | '+' | ',');
    let name: String = text.chars().map(|c| if keep(c) { c } else { '_' }).take(150).collect();
    if name.chars().all(|c| c == '.') { "_".to_owned() } else { name }
}

/// The arguments that are directories.
pub(super) fn directories(arguments: &[String]) -> Vec<&Path> {
    let paths = arguments.iter().map(|root| Path::new(root.strip_prefix("./").unwrap_or(root)));
    paths.filter(|root| root.is_dir() || *root == Path::new("")).collect()
}

/// The folders between the directory that a file was found under and the file.
pub(super) fn relative_folder(source: &str, roots: &[&Path]) -> PathBuf {
    let source = Path::new(source);
    let under = roots
        .iter()
        .filter_map(|root| source.strip_prefix(root).ok().or_else(|| (*root == Path::new(".")).then_some(source)))
        .min_by_key(|rest| rest.components().count());
    let folder = under.and_then(Path::parent).map(Path::to_path_buf).unwrap_or_default();
    // A path that leaves its root by `..` or is absolute must not leave the output directory.
    folder.components().filter(|part| matches!(part, Component::Normal(_))).collect()
}

/// For every rule whose files another rule would write as well, whatever the letter case: the file and the other rule.
pub(super) fn collisions(names: &[&[PathBuf]]) -> Vec<Option<(PathBuf, usize)>> {
    let mut owner: HashMap<String, usize, RandomState> = HashMap::default();
    let mut found = vec![None; names.len()];
    for (rule, name) in names.iter().enumerate().flat_map(|(rule, names)| names.iter().map(move |name| (rule, name))) {
        let first = *owner.entry(name.to_string_lossy().to_lowercase()).or_insert(rule);
        if first != rule {
            found[rule].get_or_insert((name.clone(), first));
            found[first].get_or_insert((name.clone(), rule));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_no_separators() {
        assert_eq!(safe("Okta/../x:y"), "Okta_.._x_y");
        assert_eq!(safe(".."), "_");
    }

    #[test]
    fn equal_ids_of_one_file_are_numbered_around_what_is_taken() {
        let names = |wanted: &[&str]| numbered(wanted.iter().map(|&name| name.to_owned()).collect());
        assert_eq!(names(&["a", "A", "b", "a"]), ["a", "A-2", "b", "a-3"]);
        assert_eq!(names(&["a", "a", "a-2"]), ["a", "a-3", "a-2"]);
    }

    #[test]
    fn both_rules_of_a_collision_are_named_and_no_other() {
        let names = ["o/a.yml", "o/b.yml", "o/A.yml"].map(|name| [PathBuf::from(name)]);
        let found = collisions(&names.each_ref().map(<[PathBuf; 1]>::as_slice));
        assert_eq!(found[0], Some(("o/A.yml".into(), 2)));
        assert_eq!((found[1].clone(), found[2].clone()), (None, Some(("o/A.yml".into(), 0))));
    }

    #[test]
    fn sub_directories_are_kept_below_the_argument() {
        let arguments = ["src".to_owned(), "src/main.rs".to_owned()];
        let roots = directories(&arguments);
        assert_eq!(roots, [Path::new("src")]);
        assert_eq!(relative_folder("src/cli/a.yml", &roots), PathBuf::from("cli"));
        assert_eq!(relative_folder("other/a.yml", &roots), PathBuf::new());
        assert_eq!(relative_folder("src/../../a.yml", &roots), PathBuf::new());
    }
}
