//! The build script: turns the field maps into JSON, which is read several times faster than TOML. A rule needs the maps of its log
//! source at once, and what every map is found by.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// What a map is found by: the keys of `Head` in `choice.rs`.
const HEAD: [&str; 5] = ["dataset", "name", "extends", "panther", "sigma"];

#[expect(clippy::print_stdout, reason = "cargo reads what a build script prints")]
fn main() -> Result<(), Box<dyn Error>> {
    let maps = Path::new("schemas/maps");
    println!("cargo::rerun-if-changed={}", maps.display());
    let out = PathBuf::from(env::var("OUT_DIR")?).join("maps");
    fs::create_dir_all(&out)?;
    for entry in fs::read_dir(maps)? {
        let path = entry?.path();
        let Some(name) = path.file_stem() else { continue };
        let map: toml::Table =
            fs::read_to_string(&path)?.parse().map_err(|error| format!("{}: {error}", path.display()))?;
        let mut head = map.clone();
        head.retain(|key, _| HEAD.contains(&key));
        fs::write(out.join(name).with_extension("json"), serde_json::to_string(&map)?)?;
        fs::write(out.join(name).with_extension("head.json"), serde_json::to_string(&head)?)?;
    }
    Ok(())
}
