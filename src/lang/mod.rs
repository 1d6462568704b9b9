//! The languages inside rules: each reads text to a spanned tree, or a tree to text, and knows nothing of rules.

pub mod python;
