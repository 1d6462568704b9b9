//! Commands that score rows and choose among them by their scores: `rerank`, `fuse`, `mmr`, `sample`.

use super::{Checker, FindingKind, Place};
use crate::lang::esql::ast::{Command, Expr, ExprKind, Field, Fuse, Literal, Map, MapValue, Name, NamePart, With};
use crate::lang::esql::hints;
use crate::lang::esql::types::{Type, Types};

/// The option that names the model.
pub(super) const MODEL: &str = "inference_id";

impl<'q> Checker<'q> {
    pub(super) fn rerank(&mut self, command: &Command, target: Option<&Name>, text: &'q Expr, on: &'q [Field]) {
        let types = self.types(text);
        if !types.intersects(Types::STRING) {
            let message = format!("`rerank` searches for a text; `{}` is {types}", self.written(text.span()));
            self.find(FindingKind::Type, text.span(), message, "write the text of the search in quotes");
        }
        for field in on {
            self.at(Place::Other, |checker| checker.types(&field.expr));
        }
        match target {
            Some(name) => self.make(name.text(), Type::Double.into(), name.at.0),
            None => self.make("_score".to_owned(), Type::Double.into(), command.name_at.0),
        }
    }

    pub(super) fn fuse(&mut self, command: &Command, fuse: &'q Fuse) {
        let method = fuse.method.as_ref().map_or_else(|| "rrf".to_owned(), |name| name.text().to_ascii_lowercase());
        let known: &[&str] = match method.as_str() {
            "rrf" => &["rank_constant", "weights"],
            "linear" => &["normalizer", "weights"],
            _ => &["normalizer", "rank_constant", "weights"],
        };
        if let Some(name) = fuse.method.as_ref().filter(|_| !matches!(method.as_str(), "rrf" | "linear")) {
            let message = format!("`fuse` has no method `{}`", name.text());
            self.find(FindingKind::Command, name.at.0, message, "its methods are `rrf` and `linear`");
        }
        let unsaid = |column: &str| Name { parts: vec![NamePart::Text(column.to_owned())], at: command.name_at };
        let keys = match fuse.key.as_slice() {
            [] => vec![unsaid("_id"), unsaid("_index")],
            keys => keys.to_vec(),
        };
        let score = fuse.score.clone().unwrap_or_else(|| unsaid("_score"));
        let group = fuse.group.clone().unwrap_or_else(|| unsaid("_fork"));
        for name in keys.iter().chain([&group]) {
            self.fused(name, Types::STRING);
        }
        self.fused(&score, Type::Double.into());
        self.options(fuse.with.as_ref(), known, "fuse");
        self.columns.set(score.text(), Type::Double.into(), fuse.score.as_ref().map(|name| name.at.0));
    }

    fn fused(&mut self, name: &Name, expected: Types) {
        let types = self.column(name);
        if !types.intersects(expected) {
            let message = format!("`fuse` takes {expected} here; `{}` is {types}", name.text());
            let help = "the score is a double, the keys and the group are strings";
            self.find(FindingKind::Type, name.at.0, message, help);
        }
    }

    pub(super) fn mmr(&mut self, vector: Option<&'q Expr>, on: &Name, count: &'q Expr, with: Option<&'q Map>) {
        if let Some(vector) = vector {
            self.types(vector);
        }
        let types = self.column(on);
        if !types.has(Type::DenseVector) {
            let message = format!("`mmr` looks at vectors; `{}` is {types}", on.text());
            self.find(FindingKind::Type, on.at.0, message, "name a field of the type dense_vector");
        }
        self.types(count);
        self.options(with, &["lambda"], "mmr");
    }

    pub(super) fn sample(&mut self, share: &'q Expr) {
        self.types(share);
        let outside = match &share.kind {
            ExprKind::Literal(Literal::Decimal(share)) => *share <= 0.0 || *share >= 1.0,
            ExprKind::Literal(Literal::Param(_)) => false,
            _ => true,
        };
        if outside {
            let message = format!("`sample` takes a probability; `{}` is none", self.written(share.span()));
            self.find(FindingKind::Command, share.span(), message, "write a number between 0 and 1: `sample 0.1`");
        }
    }

    /// What `completion` asks. There is no model that it takes by itself.
    pub(super) fn model(&mut self, command: &Command, with: Option<&'q With>) {
        let options = match with {
            Some(With::Id(_)) => return,
            Some(With::Map(options)) => Some(options),
            None => None,
        };
        self.options(options, &[MODEL, "task_settings"], "completion");
        if options.is_some_and(|options| options.iter().any(|(key, _)| key.value == MODEL)) {
            self.model_name(options);
        } else {
            let help = "write `with {\"inference_id\": \"..\"}` behind the prompt";
            self.misuse(command, "`completion` does not say which model answers", help);
        }
    }

    /// The name of an inference endpoint is a text.
    pub(super) fn model_name(&mut self, options: Option<&'q Map>) {
        let given = options.into_iter().flatten().filter(|(key, _)| key.value == MODEL);
        for (key, value) in given {
            let text = value.constant().map(|value| &value.kind);
            if !matches!(text, Some(ExprKind::Literal(Literal::String(_) | Literal::Param(_)))) {
                let span = value.constant().map_or(key.at.0, Expr::span);
                self.find(FindingKind::Command, span, "the name of a model is a text", "write it in quotes");
            }
        }
    }

    /// The options behind `with`, of which each has a known name.
    pub(super) fn options(&mut self, with: Option<&'q Map>, known: &[&str], keyword: &str) {
        for (key, value) in with.into_iter().flatten() {
            if !known.contains(&key.value.as_str()) {
                let help = match hints::near_name(&key.value, known) {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => format!("its options are {}", known.join(", ")),
                };
                let message = format!("`{keyword}` has no option \"{}\"", key.value);
                self.find(FindingKind::Command, key.at.0, message, help);
            }
            if let MapValue::Constant(value) = value {
                self.types(value);
            }
        }
    }
}
