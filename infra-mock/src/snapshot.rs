//! Snapshot files: the world as JSON with a version and a checksum. Snapshot files are replaced
//! atomically. A process locks a snapshot file for as long as it uses the file.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::api::World;
use crate::ids::sha256;

/// The value of the file's `format` member.
const FORMAT: &str = "infra-mock-snapshot";

/// The version that this crate writes, which is also the newest that it can read.
const VERSION: u64 = 2;

/// The first version whose files contain a checksum. Older files are read without verification.
const CHECKED_VERSION: u64 = 2;

/// A snapshot file that this process has locked.
///
/// A lock on a second file, `NAME.lock`, keeps other processes from using the snapshot file. The
/// operating system releases the lock when the process ends, even if it is killed. The lock file is
/// empty and is never deleted.
#[derive(Debug)]
pub struct SnapshotFile {
    path: PathBuf,
    folder: PathBuf,
    _lock: File,
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
    /// Locks a file and reads it. The world is `None` if the file does not exist yet.
    ///
    /// # Errors
    /// Returns an error if the file is damaged, is in use, cannot be read, or has a newer format
    /// than this crate supports. The file is not changed.
    pub fn open(path: &Path) -> Result<(Self, Option<World>), SnapshotError> {
        // If the path is a link, the link is kept, and the file that it points to is read and
        // replaced.
        let found = fs::canonicalize(path);
        let leads_nowhere = found.is_err() && is_link(path);
        let path = &found.unwrap_or_else(|_| path.to_owned());
        let fail = |cause| SnapshotError { path: path.clone(), cause };
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        if leads_nowhere {
            let error = io::ErrorKind::NotFound.into();
            return Err(fail(Cause::Io("the path is a link to a file that does not exist", error)));
        }
        if path.file_name().is_none() {
            return Err(fail(Cause::Io(
                "the path does not end with a file name",
                io::ErrorKind::InvalidInput.into(),
            )));
        }
        fs::create_dir_all(&folder)
            .map_err(|error| fail(Cause::Io("the folder cannot be created", error)))?;
        let mut lock_path = path.as_os_str().to_owned();
        lock_path.push(".lock");
        let lock = open_lock(Path::new(&lock_path))
            .map_err(|error| fail(Cause::Io("the lock file cannot be opened", error)))?;
        match locked(&lock) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(fail(Cause::InUse)),
            Err(TryLockError::Error(error)) => {
                return Err(fail(Cause::Io("the file cannot be locked", error)));
            }
        }
        let file = Self { path: path.to_owned(), folder, _lock: lock };
        let world = file.load()?;
        Ok((file, world))
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the file again. Returns `None` if the file does not exist.
    ///
    /// # Errors
    /// Returns an error if the file is damaged, cannot be read, or has a newer format than this
    /// crate supports. The file is not changed.
    pub fn load(&self) -> Result<Option<World>, SnapshotError> {
        let fail = |cause| SnapshotError { path: self.path.clone(), cause };
        match fs::read(&self.path) {
            Ok(bytes) => read(&bytes).map(Some).map_err(fail),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(fail(Cause::Io("the file cannot be read", error))),
        }
    }

    /// Writes the world to a temporary file, and then replaces the snapshot with the temporary
    /// file. Even if the process is killed, the file contains either the old world or the new one.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written. A failed write leaves the file unchanged.
    pub fn save(&self, world: &World) -> Result<(), SnapshotError> {
        let fail =
            |what, error| SnapshotError { path: self.path.clone(), cause: Cause::Io(what, error) };
        // The system allows a file to be replaced even if the file itself is read-only, so this
        // function checks the file's permissions.
        if fs::metadata(&self.path).is_ok_and(|file| file.permissions().readonly()) {
            let kind = io::ErrorKind::PermissionDenied;
            return Err(fail("the file is not writable", kind.into()));
        }
        let world = serde_json::to_string(world)
            .map_err(|error| fail("the file cannot be written", error.into()))?;
        let text = format!("{}{world}{TAIL}", head(&world));
        // The temporary file always has the same name, so that files left by killed processes do
        // not accumulate. No other process uses the temporary file while the lock is held.
        let mut beside = self.path.file_name().unwrap_or_default().to_owned();
        beside.push(".new");
        let beside = self.folder.join(beside);
        let mut file =
            create_anew(&beside).map_err(|error| fail("the folder is not writable", error))?;
        let replaced = file
            .write_all(text.as_bytes())
            .map_err(|error| fail("the file cannot be written", error));
        let replaced = replaced.and_then(|()| {
            fs::rename(&beside, &self.path)
                .map_err(|error| fail("the file cannot be replaced", error))
        });
        if replaced.is_err() {
            // The original error is more useful than an error from the cleanup.
            let _ = fs::remove_file(&beside);
        }
        replaced
    }
}

/// Acquires the lock. If the lock is already held, keeps trying for one second. The holder may be a
/// process that is about to end, or a child that this process has just started. A new child holds
/// copies of all locks until its program is loaded.
fn locked(lock: &File) -> Result<(), TryLockError> {
    for _ in 0..50 {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(20)),
            tried => return tried,
        }
    }
    lock.try_lock()
}

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink())
}

/// Opens the lock file but does not follow links, because following a link could create or lock a
/// file elsewhere.
fn open_lock(path: &Path) -> io::Result<File> {
    match OpenOptions::new().append(true).create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && !is_link(path) => {
            OpenOptions::new().append(true).open(path)
        }
        created => created,
    }
}

/// Creates a file, and first removes any old file with the same name. If the old file is a link,
/// the link is removed and its target is left unchanged.
fn create_anew(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// The text that follows the world in a snapshot file.
const TAIL: &str = "}\n";

/// Returns the text that precedes the world in a snapshot file: the version, and the checksum of
/// the world's text.
fn head(world: &str) -> String {
    let sum = sha256(world.as_bytes());
    format!(r#"{{"format":"{FORMAT}","version":{VERSION},"sha256":"{sum}","world":"#)
}

fn read(bytes: &[u8]) -> Result<World, Cause> {
    let damaged = |error: serde_json::Error| Cause::Damaged(error.to_string());
    let head: Head = serde_json::from_slice(bytes).map_err(damaged)?;
    if head.format != FORMAT {
        return Err(Cause::Damaged(format!("the format is {:?}, not {FORMAT:?}", head.format)));
    }
    match head.version {
        0 => {
            return Err(Cause::Damaged(
                "the file is version 0, but versions start at 1".to_owned(),
            ));
        }
        1..=VERSION => {}
        newer => return Err(Cause::Newer(newer)),
    }
    if head.version >= CHECKED_VERSION && !is_as_written(bytes) {
        return Err(Cause::Damaged("the checksum does not match the content".to_owned()));
    }
    let body: Body = serde_json::from_slice(bytes).map_err(damaged)?;
    Ok(body.world)
}

/// Returns whether the bytes are exactly what [`SnapshotFile::save`] wrote.
fn is_as_written(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes).ok().and_then(|text| text.strip_suffix(TAIL));
    // The text before the world always has the same length.
    let world = text.and_then(|text| text.get(head("").len()..));
    world.zip(text).is_some_and(|(world, text)| text.starts_with(&head(world)))
}

/// The reason why a snapshot file cannot be used.
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
    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns a hint for the user.
    pub fn hint(&self) -> String {
        let path = self.path.display();
        match &self.cause {
            Cause::InUse => {
                "wait for the other process to finish, or use another snapshot file".to_owned()
            }
            Cause::Damaged(_) => {
                format!("restore {path} from a backup, or move it away to start with an empty mock")
            }
            Cause::Newer(_) => {
                format!(
                    "use a newer version of the program, or move {path} away to start with an empty mock"
                )
            }
            Cause::Io(..) => format!("check that {path} and its folder can be read and written"),
        }
    }
}

impl std::fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the mock's snapshot {}: ", self.path.display())?;
        match &self.cause {
            Cause::InUse => f.write_str("another process is using the file"),
            Cause::Damaged(what) => write!(f, "the file is damaged: {what}"),
            Cause::Newer(version) => {
                write!(
                    f,
                    "the file is version {version}, but this program supports only versions up to {VERSION}"
                )
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
        assert!(error.to_string().ends_with("another process is using the file"), "{error}");
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
        assert!(error.to_string().ends_with("the file is not writable"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn damaged_and_newer_files_are_refused_and_left_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("world.json");
        let cases = [
            ("", "the file is damaged"),
            ("{\"format\":", "the file is damaged"),
            ("{\"format\":\"terraform\",\"version\":4}", "the format is \"terraform\""),
            ("{\"format\":\"infra-mock-snapshot\",\"version\":1}", "the file is damaged"),
            ("{\"format\":\"infra-mock-snapshot\",\"version\":2}", "the checksum does not match"),
            (
                "{\"format\":\"infra-mock-snapshot\",\"version\":3,\"new\":1}",
                "the file is version 3",
            ),
        ];
        for (text, expected) in cases {
            fs::write(&path, text).unwrap();
            let error = SnapshotFile::open(&path).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            assert!(error.hint().contains("world.json"), "{}", error.hint());
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("world.json");
        let (file, _) = SnapshotFile::open(&path).unwrap();
        file.save(&World::new(7)).unwrap();
        let good = fs::read(&path).unwrap();
        for at in 0..good.len() * 8 {
            let mut bytes = good.clone();
            bytes[at / 8] ^= 1 << (at % 8);
            fs::write(&path, &bytes).unwrap();
            assert!(file.load().is_err(), "{}", String::from_utf8_lossy(&bytes));
        }
        fs::write(&path, &good).unwrap();
        assert_eq!(file.load().unwrap(), Some(World::new(7)));
    }

    #[test]
    fn a_file_of_the_first_version_is_read_and_gets_a_checksum_when_it_is_saved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("world.json");
        let world = serde_json::to_value(World::new(7)).unwrap();
        let old =
            serde_json::json!({ "format": "infra-mock-snapshot", "version": 1, "world": world });
        fs::write(&path, serde_json::to_string_pretty(&old).unwrap()).unwrap();
        let (file, read) = SnapshotFile::open(&path).unwrap();
        assert_eq!(read, Some(World::new(7)));
        file.save(&World::new(7)).unwrap();
        assert!(fs::read_to_string(&path).unwrap().contains("\"version\":2,\"sha256\":\""));
    }

    #[cfg(unix)]
    #[test]
    fn links_in_the_place_of_its_own_files_are_not_followed() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let (path, victim) = (folder.path().join("world.json"), folder.path().join("victim"));
        fs::write(&victim, "precious").unwrap();
        symlink(&victim, folder.path().join("world.json.new")).unwrap();
        let (file, _) = SnapshotFile::open(&path).unwrap();
        file.save(&World::new(1)).unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        assert!(!fs::symlink_metadata(&path).unwrap().is_symlink());
        drop(file);

        let nowhere = folder.path().join("nowhere");
        let (lock, dangling) =
            (folder.path().join("other.json.lock"), folder.path().join("link.json"));
        symlink(&nowhere, &lock).unwrap();
        let error = SnapshotFile::open(&folder.path().join("other.json")).unwrap_err();
        assert!(error.to_string().ends_with("the lock file cannot be opened"), "{error}");
        symlink(&nowhere, &dangling).unwrap();
        let error = SnapshotFile::open(&dangling).unwrap_err();
        assert!(
            error.to_string().ends_with("the path is a link to a file that does not exist"),
            "{error}"
        );
        assert!(!nowhere.exists());
    }
}
