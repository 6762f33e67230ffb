//! Where settings come from: the command line, the environment, the working folder, the user's configuration folder. The first that is there counts.

use crate::settings::Settings;
use etcetera::BaseStrategy;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The file in the working folder, and in a folder of the program's name in the user's configuration folder.
const FILE: &str = "rvpscope.ron";

/// The settings, or what is wrong with them, with the place in the file.
pub(super) fn load(named: Option<&Path>) -> Result<Settings, String> {
    let set = std::env::var_os("RVPSCOPE_SETTINGS").filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = named.map(Path::to_owned).or(set) {
        return read(&path)?.ok_or_else(|| format!("{}: there is no such file", path.display()));
    }
    let home = etcetera::choose_base_strategy().ok().map(|folders| folders.config_dir().join("rvpscope").join(FILE));
    for path in [Some(PathBuf::from(FILE)), home].into_iter().flatten() {
        if let Some(settings) = read(&path)? {
            return Ok(settings);
        }
    }
    Ok(Settings::shipped())
}

/// The settings in a file; `None` if there is none.
fn read(path: &Path) -> Result<Option<Settings>, String> {
    match fs::read_to_string(path) {
        Ok(text) => match Settings::read(&text) {
            Ok(settings) => Ok(Some(settings.over_shipped())),
            Err(mistake) => Err(format!("{}: {mistake}", path.display())),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{}: cannot be read: {error}", path.display())),
    }
}
