//! Programs from the Python package index, in an environment of their own.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::process::{self, Result, cannot, root, say};

/// What is installed. The versions are those that the tests were written against. The AWS CLI needs `botocore[crt]`
/// for sessions of `aws login`.
const PACKAGES: [&str; 5] = [
    "moto[server]==5.2.1",
    "awscli>=1.45,<2",
    "boto3>=1.43,<2",
    "botocore[crt]",
    "cfn-lint>=1.38,<2",
];

/// Where Python packages are installed.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Options {
    /// Where moto, boto3 and the AWS CLI are installed, in an environment of their own.
    #[arg(long, value_name = "FOLDER", default_value = "target/python")]
    venv: PathBuf,
}

/// An environment in which everything of [`PACKAGES`] is.
pub(crate) struct Environment(PathBuf);

impl Environment {
    /// Makes it, and installs what is missing.
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

    /// A program of it, such as `aws`.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.0.join("bin").join(name)
    }
}

/// The interpreter of an environment that has the newest release of one package.
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

/// A moto server that ends with this value.
pub(crate) struct Moto {
    child: Child,
    address: SocketAddr,
}

impl Moto {
    /// Starts it on a free port and waits until it listens.
    pub(crate) fn start(environment: &Environment) -> Result<Self> {
        let address = free_address()?;
        let program = environment.program("moto_server");
        let port = address.port().to_string();
        let mut command = Command::new(&program);
        command.args(["-H", "127.0.0.1", "-p", &port]);
        // Without it, the policies that AWS manages cannot be attached.
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
                return Err(format!("`{shown}` ended with {status} before it listened"));
            }
            sleep(Duration::from_millis(100));
        }
        Err(format!("`{shown}` does not listen after 30 seconds"))
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing else to do about it here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address on the loopback interface that nobody listens on at this moment.
fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
    listener.local_addr().map_err(|error| error.to_string())
}
