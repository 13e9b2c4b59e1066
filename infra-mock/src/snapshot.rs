//! The world in a file: versioned, written in one stroke, and held by one process at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::World;

/// What the file says it is.
const FORMAT: &str = "infra-mock-snapshot";

/// The version that this crate writes, and the newest that it reads.
const VERSION: u64 = 1;

/// A snapshot file that this process holds.
///
/// A lock on a second file beside it, `NAME.lock`, keeps other processes out; the system lets go of it
/// when the process ends, however it ends. The second file stays, and is empty.
#[derive(Debug)]
pub struct SnapshotFile {
    path: PathBuf,
    folder: PathBuf,
    _lock: File,
}

#[derive(Serialize)]
struct Written<'a> {
    format: &'static str,
    version: u64,
    world: &'a World,
}

#[derive(Deserialize)]
struct Head {
    format: String,
    version: u64,
}

#[derive(Deserialize)]
struct Body {
    world: World,
}

impl SnapshotFile {
    /// Takes hold of a file and reads it; `None` where there is no file yet.
    ///
    /// # Errors
    /// The file is damaged, newer than this crate, in use, or cannot be read; it is left as it is.
    pub fn open(path: &Path) -> Result<(Self, Option<World>), SnapshotError> {
        // A link stays a link: what it leads to is what is read and replaced.
        let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let fail = |cause| SnapshotError { path: path.clone(), cause };
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        if path.file_name().is_none() {
            return Err(fail(Cause::Io("it names no file", io::ErrorKind::InvalidInput.into())));
        }
        fs::create_dir_all(&folder)
            .map_err(|error| fail(Cause::Io("its folder cannot be made", error)))?;
        let mut lock_path = path.as_os_str().to_owned();
        lock_path.push(".lock");
        let lock = OpenOptions::new()
            .create(true)
            .append(true)
            .open(lock_path)
            .map_err(|error| fail(Cause::Io("its lock file cannot be opened", error)))?;
        match locked(&lock) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(fail(Cause::InUse)),
            Err(TryLockError::Error(error)) => {
                return Err(fail(Cause::Io("it cannot be locked", error)));
            }
        }
        let file = Self { path: path.to_owned(), folder, _lock: lock };
        let world = file.load()?;
        Ok((file, world))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the file again; `None` where there is none.
    ///
    /// # Errors
    /// It is damaged, newer than this crate, or cannot be read; it is left as it is.
    pub fn load(&self) -> Result<Option<World>, SnapshotError> {
        let fail = |cause| SnapshotError { path: self.path.clone(), cause };
        match fs::read(&self.path) {
            Ok(bytes) => read(&bytes).map(Some).map_err(fail),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(fail(Cause::Io("it cannot be read", error))),
        }
    }

    /// Writes the world: beside the file first, then in its place, so that a process killed at any moment
    /// leaves the old one or the new one.
    ///
    /// # Errors
    /// The folder cannot be written to; the file is as it was.
    pub fn save(&self, world: &World) -> Result<(), SnapshotError> {
        let fail =
            |what, error| SnapshotError { path: self.path.clone(), cause: Cause::Io(what, error) };
        // Replacing a file needs no right to write to it, so this has to be asked.
        if fs::metadata(&self.path).is_ok_and(|file| file.permissions().readonly()) {
            let kind = io::ErrorKind::PermissionDenied;
            return Err(fail("it may not be written to", kind.into()));
        }
        let written = Written { format: FORMAT, version: VERSION, world };
        let mut text = serde_json::to_vec(&written)
            .map_err(|error| fail("it cannot be written", error.into()))?;
        text.push(b'\n');
        // Always the same file, which nobody else has while the lock is held: what a killed process leaves of it
        // is written over by the next, and nothing piles up.
        let mut beside = self.path.file_name().unwrap_or_default().to_owned();
        beside.push(".new");
        let beside = self.folder.join(beside);
        let mut file = File::create(&beside)
            .map_err(|error| fail("its folder cannot be written to", error))?;
        let replaced = file.write_all(&text).map_err(|error| fail("it cannot be written", error));
        let replaced = replaced.and_then(|()| {
            fs::rename(&beside, &self.path).map_err(|error| fail("it cannot be replaced", error))
        });
        if replaced.is_err() {
            // The error above says more than one of the clearing up could.
            let _ = fs::remove_file(&beside);
        }
        replaced
    }
}

/// Takes the lock, and waits up to a second for one that is about to be let go of: by a run that is at its end, or
/// by a program that this process is just starting, which holds a copy of every lock of it until it is loaded.
fn locked(lock: &File) -> Result<(), TryLockError> {
    for _ in 0..50 {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(20)),
            tried => return tried,
        }
    }
    lock.try_lock()
}

fn read(bytes: &[u8]) -> Result<World, Cause> {
    let damaged = |error: serde_json::Error| Cause::Damaged(error.to_string());
    let head: Head = serde_json::from_slice(bytes).map_err(damaged)?;
    if head.format != FORMAT {
        return Err(Cause::Damaged(format!("its format is {:?}, not {FORMAT:?}", head.format)));
    }
    if head.version > VERSION {
        return Err(Cause::Newer(head.version));
    }
    let body: Body = serde_json::from_slice(bytes).map_err(damaged)?;
    Ok(body.world)
}

/// Why a snapshot file cannot be used.
#[derive(Debug)]
pub struct SnapshotError {
    path: PathBuf,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    InUse,
    Damaged(String),
    Newer(u64),
    Io(&'static str, io::Error),
}

impl SnapshotError {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        let path = self.path.display();
        match &self.cause {
            Cause::InUse => {
                "wait until the other run has ended, or give this one a file of its own".to_owned()
            }
            Cause::Damaged(_) => {
                format!("put back a copy of {path}, or move it away to start with an empty mock")
            }
            Cause::Newer(_) => {
                format!("use the newer program, or move {path} away to start with an empty mock")
            }
            Cause::Io(..) => format!("check that {path} and its folder can be read and written"),
        }
    }
}

impl std::fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the mock's snapshot {}: ", self.path.display())?;
        match &self.cause {
            Cause::InUse => f.write_str("another process is using it"),
            Cause::Damaged(what) => write!(f, "it is damaged: {what}"),
            Cause::Newer(version) => {
                write!(f, "it has version {version}, and this program reads up to {VERSION}")
            }
            Cause::Io(what, _) => f.write_str(what),
        }
    }
}

impl std::error::Error for SnapshotError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.cause {
            Cause::Io(_, error) => Some(error),
            Cause::InUse | Cause::Damaged(_) | Cause::Newer(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::SnapshotFile;
    use crate::api::World;

    #[test]
    fn what_is_saved_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/world.json");
        let (file, none) = SnapshotFile::open(&path).unwrap();
        assert!(none.is_none());
        let mut world = World::new(7);
        world.ids.uuid();
        file.save(&world).unwrap();
        drop(file);
        let (_file, read) = SnapshotFile::open(&path).unwrap();
        assert_eq!(read, Some(world));
    }

    #[test]
    fn a_file_that_another_holds_is_refused_until_it_lets_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("world.json");
        let (held, _) = SnapshotFile::open(&path).unwrap();
        let error = SnapshotFile::open(&path).unwrap_err();
        assert!(error.to_string().ends_with("another process is using it"), "{error}");
        drop(held);
        assert!(SnapshotFile::open(&path).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_a_read_only_file_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("world.json"), folder.path().join("link.json"));
        let (file, _) = SnapshotFile::open(&path).unwrap();
        file.save(&World::new(1)).unwrap();
        drop(file);
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let (file, _) = SnapshotFile::open(&link).unwrap();
        file.save(&World::new(2)).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let before = fs::read(&path).unwrap();

        let mut permissions = fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).unwrap();
        let error = file.save(&World::new(3)).unwrap_err();
        assert!(error.to_string().ends_with("it may not be written to"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn damaged_and_newer_files_are_refused_and_left_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("world.json");
        let cases = [
            ("", "it is damaged"),
            ("{\"format\":", "it is damaged"),
            ("{\"format\":\"terraform\",\"version\":4}", "its format is \"terraform\""),
            ("{\"format\":\"infra-mock-snapshot\",\"version\":1}", "it is damaged"),
            ("{\"format\":\"infra-mock-snapshot\",\"version\":2,\"new\":1}", "it has version 2"),
        ];
        for (text, expected) in cases {
            fs::write(&path, text).unwrap();
            let error = SnapshotFile::open(&path).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            assert!(error.hint().contains("world.json"), "{}", error.hint());
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}
