//! The functions of Panther rules that do not decide, on the way from Panther to Panther: each is there word for word, or told as lost. Over
//! our own rules, and over panther-analysis where DETC_PANTHER_ANALYSIS is a checkout of it.

use detc::backend::{Options, Target, convert};
use detc::fidelity::MaxLoss;
use detc::frontend::{Context, load};
use detc::ir::Rule;
use detc::source::{Disk, discover, read};

fn rules(folder: &str) -> Vec<Rule> {
    let files = discover(&[folder.to_owned()], &["yml"]).files;
    let loaded = files.iter().map(|path| load(read(path).unwrap(), &Context::beside(&Disk)));
    let rules = loaded.flat_map(|loaded| loaded.items).map(|item| item.rule);
    rules.filter(|rule| rule.kind == "rule").collect()
}

/// Names of functions, kept and lost; a rule that is refused has none.
fn count(folder: &str) -> (Vec<String>, Vec<String>) {
    let options = Options { max_loss: MaxLoss::Any, ..Options::default() };
    let (mut kept, mut lost) = (Vec::new(), Vec::new());
    for rule in rules(folder) {
        let outcome = convert(&rule, Target::Panther, &options);
        let Some(module) = outcome.outputs.iter().find(|output| output.extension == ".py") else { continue };
        let messages: Vec<&str> = outcome.losses.iter().map(|loss| loss.message.as_str()).collect();
        let id = rule.meta.id.as_ref().map_or("?", |id| &id.value);
        for extra in rule.extras.iter().filter(|extra| extra.key != "python.state") {
            let Some(name) = extra.key.strip_prefix("python.") else { continue };
            let is_kept = module.text.contains(&format!("\n{}\n", extra.text));
            let is_told = messages.iter().any(|message| message.contains(&format!("`{name}` is not kept: ")));
            assert!(is_kept != is_told, "{id}: `{name}` is kept: {is_kept}, told as lost: {is_told}");
            if is_kept { &mut kept } else { &mut lost }.push(format!("{id}: {name}"));
        }
    }
    (kept, lost)
}

#[test]
fn our_own_rules_keep_their_functions() {
    let (kept, lost) = count(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/panther"));
    assert!(kept.len() >= 3, "{kept:?}");
    assert_eq!(lost, Vec::<String>::new());
}

#[test]
fn published_rules_keep_their_functions_or_say_so() {
    let Ok(root) = std::env::var("DETC_PANTHER_ANALYSIS") else {
        println!("DETC_PANTHER_ANALYSIS is not set: nothing is measured");
        return;
    };
    let (kept, lost) = count(&format!("{root}/rules"));
    println!("{} functions kept, {} lost: {lost:#?}", kept.len(), lost.len());
    assert!(kept.len() >= 1_450, "{}", kept.len());
}
