//! Unified diffs, for `--diff`.

use std::fmt::Write;

/// Lines of context around a change.
const CONTEXT: usize = 3;
/// Beyond so many cells the lines between the common start and end are shown as replaced whole.
const MAX_CELLS: usize = 4_000_000;

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Both,
    Old,
    New,
}

/// The difference as `diff -u` shows it; empty when there is none.
pub(super) fn unified(path: &str, old: &str, new: &str) -> String {
    let (before, after): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let script = script(&before, &after);
    if script.iter().all(|(side, _)| *side == Side::Both) {
        return String::new();
    }
    let mut out = format!("--- {path}\n+++ {path}\n");
    for hunk in hunks(&script) {
        write_hunk(&mut out, &script, hunk);
    }
    out
}

/// The lines of both texts in order, each with the side it stands on.
fn script<'a>(before: &[&'a str], after: &[&'a str]) -> Vec<(Side, &'a str)> {
    let start = before.iter().zip(after).take_while(|(left, right)| left == right).count();
    let (rest_before, rest_after) = (&before[start..], &after[start..]);
    let end = rest_before.iter().rev().zip(rest_after.iter().rev()).take_while(|(left, right)| left == right).count();
    let middle_before = &rest_before[..rest_before.len() - end];
    let middle_after = &rest_after[..rest_after.len() - end];
    let both = |line: &&'a str| (Side::Both, *line);
    let mut out: Vec<_> = before[..start].iter().map(both).collect();
    out.extend(middle(middle_before, middle_after));
    out.extend(before[before.len() - end..].iter().map(both));
    out
}

/// By the longest common subsequence.
fn middle<'a>(before: &[&'a str], after: &[&'a str]) -> Vec<(Side, &'a str)> {
    let width = after.len() + 1;
    if (before.len() + 1).saturating_mul(width) > MAX_CELLS {
        let old = before.iter().map(|line| (Side::Old, *line));
        return old.chain(after.iter().map(|line| (Side::New, *line))).collect();
    }
    let mut common = vec![0_u32; (before.len() + 1) * width];
    for (i, left) in before.iter().enumerate().rev() {
        for (j, right) in after.iter().enumerate().rev() {
            common[i * width + j] = if left == right {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while i < before.len() || j < after.len() {
        if i < before.len() && j < after.len() && before[i] == after[j] {
            out.push((Side::Both, before[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == after.len() || (i < before.len() && common[(i + 1) * width + j] >= common[i * width + j + 1]) {
            out.push((Side::Old, before[i]));
            i += 1;
        } else {
            out.push((Side::New, after[j]));
            j += 1;
        }
    }
    out
}

/// The ranges of the script that are shown: changes with their context, joined where they touch.
fn hunks(script: &[(Side, &str)]) -> Vec<std::ops::Range<usize>> {
    let mut found: Vec<std::ops::Range<usize>> = Vec::new();
    for (index, _) in script.iter().enumerate().filter(|(_, (side, _))| *side != Side::Both) {
        let (start, end) = (index.saturating_sub(CONTEXT), (index + CONTEXT + 1).min(script.len()));
        match found.last_mut() {
            Some(last) if start <= last.end => last.end = end,
            _ => found.push(start..end),
        }
    }
    found
}

fn write_hunk(out: &mut String, script: &[(Side, &str)], hunk: std::ops::Range<usize>) {
    let count =
        |range: &[(Side, &str)], side: Side| range.iter().filter(|(s, _)| *s == Side::Both || *s == side).count();
    let (head, body) = (&script[..hunk.start], &script[hunk]);
    let (old, new) = (count(body, Side::Old), count(body, Side::New));
    // A side without lines is numbered by the line before it.
    let first = |side, lines| count(head, side) + usize::from(lines > 0);
    let _ = writeln!(out, "@@ -{},{old} +{},{new} @@", first(Side::Old, old), first(Side::New, new));
    for (side, line) in body {
        out.push(match side {
            Side::Both => ' ',
            Side::Old => '-',
            Side::New => '+',
        });
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn a_changed_line_is_shown_with_its_neighbours() {
        let text = unified("a.yml", "1\n2\n3\n4\n5\n6\n7\n", "1\n2\n3\n4\nfive\n6\n7\n");
        assert_eq!(text, "--- a.yml\n+++ a.yml\n@@ -2,6 +2,6 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n");
    }

    #[test]
    fn a_missing_last_line_break_is_told() {
        assert!(
            unified("a", "x", "y").ends_with("-x\n\\ No newline at end of file\n+y\n\\ No newline at end of file\n")
        );
        assert_eq!(unified("a", "x\n", "x\n"), "");
    }
}
