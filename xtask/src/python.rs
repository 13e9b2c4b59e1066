//! Installs Python packages into a virtual environment and runs programs from it.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::process::{self, Result, cannot, root, say};

/// The packages to install, in the versions that the tests were written for. The AWS CLI needs
/// `botocore[crt]` to use sessions from `aws login`.
const PACKAGES: [&str; 5] = [
    "moto[server]==5.2.1",
    "awscli>=1.45,<2",
    "boto3>=1.43,<2",
    "botocore[crt]",
    "cfn-lint>=1.38,<2",
];

/// Options for the Python environment.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Options {
    /// Directory of the virtual environment for moto, boto3 and the AWS CLI.
    #[arg(long, value_name = "DIRECTORY", default_value = "target/python")]
    venv: PathBuf,
}

/// A virtual environment with all of [`PACKAGES`].
pub(crate) struct Environment(PathBuf);

impl Environment {
    /// Creates the environment and installs missing packages.
    pub(crate) fn install(options: &Options) -> Result<Self> {
        let venv = root().join(&options.venv);
        if !venv.join("bin/pip").exists() {
            process::run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        }
        let mut pip = Command::new(venv.join("bin/pip"));
        process::run(
            pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(PACKAGES),
        )?;
        Ok(Self(venv))
    }

    /// Returns the path of a program in the environment, such as `aws`.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.0.join("bin").join(name)
    }
}

/// Returns the Python interpreter of a virtual environment that contains a package. If the
/// environment is new or `upgrade` is set, installs the package's latest release.
pub(crate) fn with_package(venv: &Path, package: &str, upgrade: bool) -> Result<PathBuf> {
    let venv = root().join(venv);
    let is_new = !venv.join("bin/pip").exists();
    if is_new {
        process::run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    }
    if is_new || upgrade {
        let mut pip = Command::new(venv.join("bin/pip"));
        let install = ["install", "--quiet", "--disable-pip-version-check", "--upgrade", package];
        process::run(pip.args(install))?;
    }
    Ok(venv.join("bin/python"))
}

/// A moto server that is stopped when this value is dropped.
pub(crate) struct Moto {
    child: Child,
    address: SocketAddr,
}

impl Moto {
    /// Starts the server on a free port and waits until it accepts connections.
    pub(crate) fn start(environment: &Environment) -> Result<Self> {
        let address = free_address()?;
        let program = environment.program("moto_server");
        let port = address.port().to_string();
        let mut command = Command::new(&program);
        command.args(["-H", "127.0.0.1", "-p", &port]);
        // Without this variable, moto cannot attach AWS managed policies.
        command.env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let shown = program.display().to_string();
        say(&format!("$ {shown} -H 127.0.0.1 -p {port} &"));
        let child = command.spawn().map_err(cannot(&shown))?;
        let mut moto = Self { child, address };
        for _ in 0..300 {
            if TcpStream::connect(address).is_ok() {
                return Ok(moto);
            }
            if let Ok(Some(status)) = moto.child.try_wait() {
                return Err(format!("`{shown}` exited with {status} before it was ready"));
            }
            sleep(Duration::from_millis(100));
        }
        Err(format!("`{shown}` was not ready within 30 seconds"))
    }

    /// Returns the process ID.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns the URL of the server.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // Errors are ignored, because the server may have exited on its own.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns a loopback address with a free port.
fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
    listener.local_addr().map_err(|error| error.to_string())
}
