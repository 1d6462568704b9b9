//! Names like a given name, for "did you mean".

/// Longer names are not compared: distance costs the product of both lengths.
const MAX_LENGTH: usize = 120;

/// Which letters occur, their case aside; a few share a bit.
fn letters(name: &[u8]) -> u64 {
    name.iter().fold(0, |found, byte| found | 1 << (byte.to_ascii_lowercase() & 63))
}

/// Gathers the nearest names among those offered.
pub(crate) struct Search {
    wanted: String,
    /// The letters of `wanted`.
    letters: u64,
    limit: usize,
    found: Vec<(usize, String)>,
}

impl Search {
    /// A search for names like `wanted`: at most a quarter of its letters apart (1 to 6), letter case aside.
    pub(crate) fn new(wanted: &str) -> Self {
        let wanted = wanted.to_ascii_lowercase();
        let limit = (wanted.len() / 4).clamp(1, 6);
        Self { letters: letters(wanted.as_bytes()), wanted, limit, found: Vec::new() }
    }

    /// Considers one known name.
    pub(crate) fn offer(&mut self, name: &str) {
        if self.is_in_reach(name)
            && let Some(rank) = self.rank(name)
        {
            self.found.push((rank, name.to_owned()));
        }
    }

    /// Whether the lengths and ends of the names leave anything to compare: cheap, for tables of thousands of names.
    pub(crate) fn is_in_reach(&self, name: &str) -> bool {
        let (name, wanted) = (name.as_bytes(), self.wanted.as_bytes());
        let ends_alike = || name.len() > wanted.len() && name[name.len() - wanted.len()..].eq_ignore_ascii_case(wanted);
        // One edit brings in one letter that is missing, and takes away one that is too much.
        let edits = |from: u64, to: u64| (from & !to).count_ones() as usize;
        let alike = || {
            let found = letters(name);
            edits(found, self.letters).max(edits(self.letters, found)) <= self.limit
        };
        let near_in_length = name.len().abs_diff(wanted.len()) <= self.limit;
        name.len().max(wanted.len()) <= MAX_LENGTH && (near_in_length && alike() || ends_alike())
    }

    /// 0 for the same name in another case, 1 for a name that only adds leading segments, else 1 + the edit distance.
    fn rank(&self, name: &str) -> Option<usize> {
        let name = name.to_ascii_lowercase();
        if name == self.wanted {
            return Some(0);
        }
        if name.strip_suffix(&self.wanted).is_some_and(|head| head.ends_with('.')) {
            return Some(1);
        }
        if name.len().abs_diff(self.wanted.len()) > self.limit || !self.shares_letters(&name) {
            return None;
        }
        let distance = strsim::osa_distance(&name, &self.wanted);
        (distance <= self.limit).then_some(distance + 1)
    }

    /// A cheap lower bound of the distance: letters that one has and the other has not.
    fn shares_letters(&self, name: &str) -> bool {
        let mut counts = [0_i32; 256];
        self.wanted.bytes().for_each(|b| counts[usize::from(b)] += 1);
        name.bytes().for_each(|b| counts[usize::from(b)] -= 1);
        let surplus: i32 = counts.iter().filter(|count| **count > 0).sum();
        usize::try_from(surplus).is_ok_and(|surplus| surplus <= self.limit)
    }

    /// The best names, nearest first, then shortest, then in byte order.
    pub(crate) fn best(mut self, limit: usize) -> Vec<String> {
        self.found.sort_by(|a, b| (a.0, a.1.len(), &a.1).cmp(&(b.0, b.1.len(), &b.1)));
        self.found.dedup();
        self.found.into_iter().take(limit).map(|(_, name)| name).collect()
    }
}
