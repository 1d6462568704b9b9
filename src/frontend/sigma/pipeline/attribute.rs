//! `rule_attribute`: a comparison with what the rule says about itself.

use super::conditions::{OPS, Op};
use super::params::{Params, json};
use super::run::Run;
use super::{Failure, Target};
use crate::frontend::sigma::reader::{Reader, span_of};
use serde_json::Value as Json;
use std::cmp::Ordering;

const LEVELS: &[&str] = &["informational", "low", "medium", "high", "critical"];
const STATUSES: &[&str] = &["unsupported", "deprecated", "experimental", "test", "stable"];

#[derive(Debug)]
pub(super) struct AttributeTest {
    name: String,
    value: Json,
    test: AttributeOp,
}

#[derive(Debug, Clone, Copy)]
enum AttributeOp {
    Compare(Op),
    In,
    NotIn,
}

impl AttributeTest {
    pub(super) fn read(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let name = params.need_text("attribute", reader)?;
        let known: Vec<(&str, AttributeOp)> = OPS
            .iter()
            .map(|(name, op)| (*name, AttributeOp::Compare(*op)))
            .chain([("in", AttributeOp::In), ("not_in", AttributeOp::NotIn)])
            .collect();
        let test = params.choice("op", &known, Some(AttributeOp::Compare(Op::Equal)), reader)?;
        let node = params.need("value", reader)?;
        let value = json(node);
        if value.is_array() || value.is_object() || value.is_null() {
            reader.wrong_type(span_of(node), format!("`value` takes a plain value, this is {}", node.describe()));
            return None;
        }
        Some(Self { name, value, test })
    }

    /// An attribute that the rule does not have fails.
    pub(super) fn holds(&self, target: &Target<'_, '_>, run: &Run<'_>) -> Result<bool, Failure> {
        let Some(own) = target.attribute(&self.name, run) else { return Ok(false) };
        match (&own, self.test) {
            (Json::Array(items), AttributeOp::In) => Ok(items.contains(&self.value)),
            (Json::Array(items), AttributeOp::NotIn) => Ok(!items.contains(&self.value)),
            (Json::Array(_), AttributeOp::Compare(op)) => Ok(op == Op::NotEqual),
            (Json::Object(_), _) => Err(self.failure("is a map, which cannot be compared")),
            (_, AttributeOp::In | AttributeOp::NotIn) => Err(self.failure("is no list, so nothing is in it")),
            (own, AttributeOp::Compare(op)) => self.compare(own, op),
        }
    }

    fn compare(&self, own: &Json, op: Op) -> Result<bool, Failure> {
        let order = match self.name.as_str() {
            "level" => self.ranked(own, LEVELS)?,
            "status" => self.ranked(own, STATUSES)?,
            "date" | "modified" => self.dates(own)?,
            _ => match own {
                Json::String(own) => {
                    let same = self.value.as_str() == Some(own);
                    return match op {
                        Op::Equal => Ok(same),
                        Op::NotEqual => Ok(!same),
                        _ => Err(self.failure("is a text, which is only equal or not")),
                    };
                }
                own => own.as_f64().zip(self.number()).and_then(|(own, wanted)| own.partial_cmp(&wanted)),
            },
        };
        order.map(|order| op.of(order)).ok_or_else(|| self.failure("is of another type than the value"))
    }

    fn number(&self) -> Option<f64> {
        self.value.as_f64().or_else(|| self.value.as_str()?.trim().parse().ok())
    }

    fn ranked(&self, own: &Json, ranks: &[&str]) -> Result<Option<Ordering>, Failure> {
        let rank = |value: &Json| {
            let text = value.as_str()?.to_lowercase();
            ranks.iter().position(|rank| *rank == text)
        };
        let wanted = rank(&self.value).ok_or_else(|| self.failure(&format!("is one of {}", ranks.join(", "))))?;
        Ok(rank(own).map(|own| own.cmp(&wanted)))
    }

    fn dates(&self, own: &Json) -> Result<Option<Ordering>, Failure> {
        let date = |value: &Json| value.as_str()?.replace('/', "-").parse::<jiff::civil::Date>().ok();
        let wanted = date(&self.value).ok_or_else(|| self.failure("is compared with a date as YYYY-MM-DD"))?;
        Ok(date(own).map(|own| own.cmp(&wanted)))
    }

    fn failure(&self, why: &str) -> Failure {
        Failure::new(format!("the condition on the attribute `{}` cannot be tested: it {why}", self.name))
    }
}
