//! The command-line tool against moto, a mock of AWS in Python, driven and checked by the AWS CLI.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::process::{self, Result, cannot, cargo, root, say};

/// Options of the run against moto.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Where moto and the AWS CLI are installed, in an environment of their own.
    #[arg(long, value_name = "FOLDER", default_value = "target/python")]
    venv: PathBuf,
}

/// What is installed. The versions are those that the tests were written against.
const PACKAGES: [&str; 2] = ["moto[server]==5.2.1", "awscli>=1.45,<2"];

/// Installs what is missing, starts a server, runs the tests that need it, and stops it.
pub(crate) fn run(options: &Options) -> Result<()> {
    let venv = root().join(&options.venv);
    install(&venv)?;
    let address = free_address()?;
    let _server = Server::start(&venv, address)?;
    let mut tests = cargo(["test", "--package", "ecs-foundation-cli", "--test", "moto"]);
    tests.args(["--", "--ignored", "--test-threads", "1"]);
    tests.env("ECS_FOUNDATION_TEST_MOTO", format!("http://{address}"));
    tests.env("ECS_FOUNDATION_TEST_AWS_CLI", venv.join("bin/aws"));
    process::run(&mut tests)
}

fn install(venv: &Path) -> Result<()> {
    if !venv.join("bin/pip").exists() {
        process::run(Command::new("python3").args(["-m", "venv"]).arg(venv))?;
    }
    let mut pip = Command::new(venv.join("bin/pip"));
    process::run(pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(PACKAGES))
}

/// An address on the loopback interface that nobody listens on at this moment.
fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
    listener.local_addr().map_err(|error| error.to_string())
}

/// A moto server that ends with this value.
struct Server(Child);

impl Server {
    fn start(venv: &Path, address: SocketAddr) -> Result<Self> {
        let program = venv.join("bin/moto_server");
        let port = address.port().to_string();
        let mut command = Command::new(&program);
        command.args(["-H", "127.0.0.1", "-p", &port]);
        // Without it, the policies that AWS manages cannot be attached.
        command.env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let shown = program.display().to_string();
        say(&format!("$ {shown} -H 127.0.0.1 -p {port} &"));
        let mut server = Self(command.spawn().map_err(cannot(&shown))?);
        for _ in 0..300 {
            if TcpStream::connect(address).is_ok() {
                return Ok(server);
            }
            if let Ok(Some(status)) = server.0.try_wait() {
                return Err(format!("`{shown}` ended with {status} before it listened"));
            }
            sleep(Duration::from_millis(100));
        }
        Err(format!("`{shown}` does not listen after 30 seconds"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing else to do about it here.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
