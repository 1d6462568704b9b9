//! The files of a commit, read from the repository's own objects: no command is run, no configuration of the user's is read.

use super::{Companions, MAX_FILE_BYTES, ReadError, SourceFile, glob_root};
use gix::objs::tree::EntryKind;
use gix::{ObjectId, Repository, ThreadSafeRepository};
use globset::Glob;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// Why the files of a commit cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GitError {
    #[error("{0}: no git repository is here or above")]
    NoRepository(String),
    #[error("the repository has no files beside it (it is bare)")]
    NoWorkTree,
    #[error("`{name}` names no commit of the repository{}", hint.as_ref().map(|hint| format!(": did you mean `{hint}`?")).unwrap_or_default())]
    NoCommit { name: String, hint: Option<String> },
    #[error("the branch and `{0}` have no commit in common in this clone{1}")]
    NoCommonCommit(String, &'static str),
    #[error("{0}: {1}")]
    Pattern(String, String),
    #[error("{0}: not a path of the repository")]
    Outside(String),
    #[error("the repository cannot be read: {0}")]
    Unreadable(String),
}

/// The files of the commit at which a branch left its base.
pub struct Snapshot {
    repository: ThreadSafeRepository,
    /// The folder that the repository's paths are seen from.
    root: PathBuf,
    commit: String,
    /// By the path in the repository.
    files: BTreeMap<String, ObjectId>,
}

impl Snapshot {
    /// Of the repository that has the folder `place`: the commit that the branch checked out there has in common with `base`, a branch, tag or
    /// id of a commit, as `git diff BASE...` takes it.
    ///
    /// # Errors
    /// When there is no repository, no such commit, or nothing in common.
    pub fn at_base(place: &Path, base: &str) -> Result<Self, GitError> {
        let options = gix::open::Options::isolated;
        let trust = gix::sec::trust::Mapping { full: options(), reduced: options() };
        let shared = ThreadSafeRepository::discover_opts(place, gix::discover::upwards::Options::default(), trust)
            .map_err(|_| GitError::NoRepository(place.display().to_string()))?;
        let repository = shared.to_thread_local();
        let root = repository.workdir().ok_or(GitError::NoWorkTree)?;
        let root = root.canonicalize().map_err(unreadable)?;
        let commit = common_commit(&repository, base)?;
        let tree = repository.find_object(commit).map_err(unreadable)?.peel_to_tree().map_err(unreadable)?;
        let entries = tree.traverse().breadthfirst.files().map_err(unreadable)?;
        let is_file = |kind| matches!(kind, EntryKind::Blob | EntryKind::BlobExecutable);
        let files = entries.into_iter().filter(|entry| is_file(entry.mode.kind()));
        let files = files.map(|entry| (entry.filepath.to_string(), entry.oid)).collect();
        Ok(Self { repository: shared, root, commit: commit.to_string(), files })
    }

    /// The id of the commit.
    #[must_use]
    pub fn commit(&self) -> &str {
        &self.commit
    }

    /// The files below the paths that have one of the extensions, under the names that the paths give them, sorted.
    ///
    /// # Errors
    /// For a path outside the repository.
    pub fn files(&self, paths: &[String], extensions: &[&str]) -> Result<Vec<String>, GitError> {
        let mut found = Vec::new();
        for path in paths {
            let is_pattern = path.contains(['*', '?', '[', '{']) && !Path::new(path).exists();
            let folder = if is_pattern { glob_root(path).to_string_lossy().into_owned() } else { path.clone() };
            let matcher = match Glob::new(path.strip_prefix("./").unwrap_or(path)) {
                _ if !is_pattern => None,
                Ok(glob) => Some(glob.compile_matcher()),
                Err(error) => return Err(GitError::Pattern(path.clone(), error.to_string())),
            };
            let below = self.locate(&folder).ok_or_else(|| GitError::Outside(path.clone()))?;
            for name in self.files.keys() {
                let Some(rest) = below_folder(name, &below) else { continue };
                let known = Path::new(name).extension().and_then(|extension| extension.to_str());
                let known = known.is_some_and(|known| extensions.iter().any(|one| one.eq_ignore_ascii_case(known)));
                let name = shown(&folder, rest);
                // A file that is named is taken whatever it is called.
                if rest.is_empty() || known && matcher.as_ref().is_none_or(|matcher| matcher.is_match(&name)) {
                    found.push(name);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// Reads a file under a name that [`Self::files`] gave.
    ///
    /// # Errors
    /// When it is not there, too large, or not UTF-8.
    pub fn read(&self, path: &str) -> Result<SourceFile, ReadError> {
        let known = self.locate(path).and_then(|name| self.files.get(&name));
        let id = *known.ok_or_else(|| ReadError::Io("no such file".to_owned()))?;
        let io = |error: gix::Error| ReadError::Io(error.to_string());
        let repository = self.repository.to_thread_local();
        if repository.find_header(id).map_err(io)?.size() > MAX_FILE_BYTES {
            return Err(ReadError::TooLarge);
        }
        let mut blob = repository.find_blob(id).map_err(io)?;
        let text = String::from_utf8(blob.take_data())
            .map_err(|error| ReadError::NotUtf8(error.utf8_error().valid_up_to()))?;
        Ok(SourceFile::new(path, text))
    }

    /// The repository's name of a path as the user writes it. The file need not be there any more, the folders above it need not either.
    fn locate(&self, path: &str) -> Option<String> {
        let whole = std::path::absolute(path).ok()?;
        let mut plain = PathBuf::new();
        for part in whole.components() {
            match part {
                Component::ParentDir => drop(plain.pop()),
                part => plain.push(part),
            }
        }
        // Links above the repository are followed as they were for its root.
        let below = (plain.ancestors())
            .find_map(|above| {
                let real = above.canonicalize().ok()?;
                let rest = plain.strip_prefix(above).ok()?;
                Some(real.join(rest))
            })?
            .strip_prefix(&self.root)
            .ok()?
            .to_path_buf();
        Some(below.to_string_lossy().replace('\\', "/"))
    }
}

impl Companions for Snapshot {
    fn companion(&self, main: &str, relative: &str) -> Option<SourceFile> {
        self.read(&beside(main, relative)).ok()
    }

    fn list(&self, main: &str, relative: &str) -> Vec<String> {
        let Some(folder) = self.locate(&beside(main, relative)) else { return Vec::new() };
        let names = self.files.keys().filter_map(|name| below_folder(name, &folder));
        names.filter(|rest| !rest.is_empty()).map(|rest| format!("{relative}/{rest}")).collect()
    }
}

fn common_commit(repository: &Repository, base: &str) -> Result<ObjectId, GitError> {
    let named = |name: &str| {
        let id = repository.rev_parse_single(name).ok()?;
        Some(id.object().ok()?.peel_to_commit().ok()?.id)
    };
    let Some(wanted) = named(base) else {
        // In what a CI service checks out, branches are there as the remote's only.
        let hint = Some(format!("origin/{base}")).filter(|remote| named(remote).is_some());
        return Err(GitError::NoCommit { name: base.to_owned(), hint });
    };
    // Before the first commit of a branch there is nothing that it could share.
    let Ok(head) = repository.head_id() else { return Ok(wanted) };
    match repository.merge_base(wanted, head.detach()).map_err(unreadable)? {
        Some(common) => Ok(common.detach()),
        None if repository.is_shallow().unwrap_or(false) => {
            Err(GitError::NoCommonCommit(base.to_owned(), ", which is shallow: fetch more of the history"))
        }
        None => Err(GitError::NoCommonCommit(base.to_owned(), "")),
    }
}

fn unreadable(error: impl std::fmt::Display) -> GitError {
    GitError::Unreadable(error.to_string())
}

/// What follows the folder in a name that lies below it; empty for the name itself.
fn below_folder<'a>(name: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() {
        return Some(name);
    }
    let rest = name.strip_prefix(folder)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// A file below a path of the user's, as [`super::discover`] names it.
fn shown(path: &str, below: &str) -> String {
    let path = path.replace('\\', "/");
    let path = path.strip_prefix("./").unwrap_or(&path).trim_end_matches('/');
    match (path, below) {
        ("." | "", below) => below.to_owned(),
        (path, "") => path.to_owned(),
        (path, below) => format!("{path}/{below}"),
    }
}

fn beside(main: &str, relative: &str) -> String {
    main.rsplit_once('/').map_or_else(|| relative.to_owned(), |(folder, _)| format!("{folder}/{relative}"))
}
