//! Requests to a Docker engine over its socket.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// The timeout for responses. A running engine answers much faster than this.
const PATIENCE: Duration = Duration::from_secs(10);

/// Returns the HTTP status of `GET path` from the engine at `host`, or `None` if the engine does
/// not answer.
pub(super) fn status(host: &str, path: &str) -> Option<u16> {
    if let Some(socket) = host.strip_prefix("unix://") {
        let stream = UnixStream::connect(socket).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        return exchange(stream, path);
    }
    let address = host.strip_prefix("tcp://").or_else(|| host.strip_prefix("http://"))?;
    let stream = TcpStream::connect(address.trim_end_matches('/')).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    exchange(stream, path)
}

fn exchange(mut stream: impl Read + Write, path: &str) -> Option<u16> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    // `HTTP/1.1 200`
    let mut line = [0; 12];
    stream.read_exact(&mut line).ok()?;
    str::from_utf8(&line[9..]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    #[test]
    fn the_status_of_the_answer_is_returned() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = format!("tcp://{}", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 256];
            let length = stream.read(&mut request).unwrap();
            stream.write_all(b"HTTP/1.1 404 Not Found\r\n\r\n").unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        assert_eq!(super::status(&host, "/images/x/json"), Some(404));
        assert!(server.join().unwrap().starts_with("GET /images/x/json HTTP/1.1\r\n"));
        assert_eq!(super::status(&host, "/_ping"), None);
        assert_eq!(super::status("unix:///no/such/socket", "/_ping"), None);
        assert_eq!(super::status("ssh://somewhere", "/_ping"), None);
    }
}
