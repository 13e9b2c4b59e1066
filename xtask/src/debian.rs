//! Installs programs from Debian packages.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::process::{self, Result};

/// Returns the reason why packages cannot be installed. Returns `None` if this machine runs Debian
/// and the user is root.
pub(crate) fn cannot_install() -> Option<String> {
    let id = Command::new("id").arg("-u").output().ok();
    if id.is_none_or(|id| id.stdout.trim_ascii() != b"0") {
        return Some("only root can install packages".to_owned());
    }
    let is_debian = Path::new("/etc/debian_version").exists() && program("apt-get").is_some();
    (!is_debian).then(|| "packages can be installed only on Debian".to_owned())
}

/// Finds a program on the PATH, in /usr/sbin or in /sbin.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    folders.find_map(|folder| Some(folder.join(name)).filter(|file| file.is_file()))
}

/// Returns the name of the package that contains a program.
fn package(program: &str) -> &str {
    if program == "dockerd" { "docker.io" } else { program }
}

/// Installs those of the given programs that are missing.
pub(crate) fn install_missing(programs: &[&str]) -> Result<()> {
    let missing = programs.iter().filter(|name| program(name).is_none());
    let packages: Vec<_> = missing.map(|name| package(name)).collect();
    if packages.is_empty() {
        return Ok(());
    }
    let apt = || {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").arg("-qq").stdout(Stdio::null());
        apt
    };
    process::run(apt().arg("update"))?;
    process::run(apt().args(["install", "-y", "--no-install-recommends"]).args(packages))
}
