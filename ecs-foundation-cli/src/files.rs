//! Replaces files atomically.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file atomically: at any time, even after a failure, the file contains either the old or
/// the new content.
///
/// The new content is written to a temporary file in the same directory. The temporary file then
/// replaces the target. A target that is not a regular file, such as a pipe, is written to
/// directly. If the path is a symbolic link, the link is kept.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let target = match fs::metadata(path) {
        Ok(found) if !found.is_file() => return fs::write(path, content),
        Ok(found) if found.permissions().readonly() => {
            // Replacing a file does not require write permission for the file itself, so check the
            // permission explicitly.
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        Ok(_) => fs::canonicalize(path)?,
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Err(error) if fs::symlink_metadata(path).is_ok() => {
            let text = "the file is a link to a file that does not exist";
            return Err(io::Error::new(error.kind(), text));
        }
        Err(_) => path.to_owned(),
    };
    let (mut file, beside) = create_beside(&target)?;
    let replaced = write_through(&mut file, content)
        .and_then(|()| copy_permissions(&target, &file))
        .and_then(|()| fs::rename(&beside, &target));
    if replaced.is_err() {
        // Ignore an error from the cleanup, because the original error is more useful.
        let _ = fs::remove_file(&beside);
    }
    replaced
}

/// Creates a new temporary file in the target's directory. An existing file or link is never
/// opened.
fn create_beside(target: &Path) -> io::Result<(File, PathBuf)> {
    let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let mut attempt = 0;
    loop {
        let beside = target.with_file_name(format!(".{name}.{}-{attempt}", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&beside) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 100 => {
                attempt += 1;
            }
            created => return Ok((created?, beside)),
        }
    }
}

/// Writes the content and syncs it to disk, because some systems report a full disk only during the
/// sync.
fn write_through(file: &mut File, content: &[u8]) -> io::Result<()> {
    file.write_all(content)?;
    file.sync_all()
}

fn copy_permissions(from: &Path, to: &File) -> io::Result<()> {
    match fs::metadata(from) {
        Ok(found) => to.set_permissions(found.permissions()),
        // The target does not exist yet.
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::replace;

    #[test]
    fn file_is_created_and_replaced_without_leftovers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.json");
        for content in ["one", "two"] {
            replace(&path, content.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_links_and_a_dangling_link_is_an_error() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("plan.json"), folder.path().join("link.json"));
        replace(&path, b"one").unwrap();
        symlink(&path, &link).unwrap();
        replace(&link, b"two").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        fs::remove_file(&path).unwrap();
        assert!(replace(&link, b"three").is_err());
        assert!(!path.exists());
    }
}
