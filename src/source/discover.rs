//! From the paths of a command line to the files in them.

use globset::Glob;
use ignore::{DirEntry, WalkBuilder, WalkState};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A path that could not be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PathProblem {
    pub path: String,
    pub message: String,
}

/// The files found, sorted and without duplicates, and the paths that gave none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Discovery {
    pub files: Vec<PathBuf>,
    pub problems: Vec<PathProblem>,
}

/// Expands files, directories (gitignore-aware) and globs. Under directories and globs only files whose
/// extension is in `extensions` count; a file that is named is taken whatever it is called.
#[must_use]
pub fn discover(paths: &[String], extensions: &[&str]) -> Discovery {
    let mut found = Found::default();
    let mut folders = Vec::new();
    for path in paths {
        let before = found.files.len();
        let as_path = Path::new(path);
        if as_path.is_dir() {
            folders.push(as_path);
        } else if as_path.is_file() {
            found.files.push(keyed(as_path.to_path_buf()));
        } else if path.contains(['*', '?', '[', '{']) {
            expand_glob(path, extensions, &mut found);
            if found.files.len() == before {
                problem(&mut found, path, "the pattern matches no file");
            }
        } else {
            problem(&mut found, path, "no such file or directory");
        }
    }
    walk(&folders, extensions, &mut found, |_| true);
    found.files.sort_unstable();
    found.files.dedup_by(|file, first| file.0 == first.0);
    Discovery { files: found.files.into_iter().map(|(_, file)| file).collect(), problems: found.problems }
}

/// What was found so far.
#[derive(Default)]
struct Found {
    files: Vec<Keyed>,
    problems: Vec<PathProblem>,
}

/// A file behind what sorts files folder by folder, as [`Path`] compares them: each is taken apart once and not at every comparison.
type Keyed = (Vec<u8>, PathBuf);

fn keyed(path: PathBuf) -> Keyed {
    // `rules` and `./rules` name the same files.
    let path = if path.starts_with(".") { plain(&path).to_path_buf() } else { path };
    let mut key = Vec::with_capacity(path.as_os_str().len() + 1);
    for part in path.components() {
        key.extend_from_slice(part.as_os_str().as_encoded_bytes());
        key.push(0);
    }
    (key, path)
}

/// The path without a leading `./`.
#[must_use]
pub fn plain(path: &Path) -> &Path {
    path.strip_prefix(".").ok().filter(|rest| !rest.as_os_str().is_empty()).unwrap_or(path)
}

fn problem(found: &mut Found, path: &str, message: &str) {
    found.problems.push(PathProblem { path: path.to_owned(), message: message.to_owned() });
}

/// The folders of a pattern before its first wildcard: a path without any as it is, an empty one for a pattern that begins with one.
#[must_use]
pub fn glob_root(pattern: &str) -> PathBuf {
    let is_fixed = |part: &std::path::Component<'_>| !part.as_os_str().to_string_lossy().contains(['*', '?', '[', '{']);
    Path::new(pattern).components().take_while(is_fixed).collect()
}

fn expand_glob(pattern: &str, extensions: &[&str], found: &mut Found) {
    let matcher = match Glob::new(pattern) {
        Ok(glob) => glob.compile_matcher(),
        Err(error) => return problem(found, pattern, &error.to_string()),
    };
    let fixed = glob_root(pattern);
    let (root, relative) = if fixed.as_os_str().is_empty() { (PathBuf::from("."), true) } else { (fixed, false) };
    walk(&[&root], extensions, found, |path| {
        matcher.is_match(if relative { path.strip_prefix(".").unwrap_or(path) } else { path })
    });
}

/// Walks folders on several threads: in a large tree most of the time goes to asking the system.
fn walk(folders: &[&Path], extensions: &[&str], found: &mut Found, keep: impl Fn(&Path) -> bool + Sync) {
    let Some((first, more)) = folders.split_first() else { return };
    let mut builder = WalkBuilder::new(first);
    for folder in more {
        builder.add(folder);
    }
    let wanted = |path: &Path| {
        let known = |ext: &OsStr| extensions.iter().any(|known| ext.eq_ignore_ascii_case(known));
        path.extension().is_some_and(known) && keep(path)
    };
    let earlier = found.problems.len();
    let found = Mutex::new(found);
    let lock = || found.lock().unwrap_or_else(PoisonError::into_inner);
    let visit = |entry: Result<DirEntry, ignore::Error>| {
        match entry {
            Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                let path = entry.into_path();
                if wanted(&path) {
                    let file = keyed(path);
                    lock().files.push(file);
                }
            }
            Ok(_) => {}
            Err(error) => lock().problems.push(unwalked(error, first)),
        }
        WalkState::Continue
    };
    builder.require_git(false).build_parallel().run(|| Box::new(visit));
    lock().problems[earlier..].sort();
}

/// A problem on the way through a folder, at the path that the walk had come to.
fn unwalked(error: ignore::Error, at: &Path) -> PathProblem {
    match error {
        ignore::Error::WithDepth { err, .. } => unwalked(*err, at),
        ignore::Error::WithPath { path, err } => unwalked(*err, &path),
        other => PathProblem { path: at.to_string_lossy().into_owned(), message: other.to_string() },
    }
}
