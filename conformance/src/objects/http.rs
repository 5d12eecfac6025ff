//! As much of an HTTP client as a presigned request needs: whoever is handed one has no other means either.

use std::time::Duration;

use bedplate_core::objects::Presigned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::case::Failure;

/// An answer.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

/// Sends a request over plain HTTP and reads the answer.
pub(super) async fn send(method: &str, request: &Presigned, body: &[u8]) -> Result<Answer, Failure> {
    let url = &request.url;
    let rest = url
        .strip_prefix("http://")
        .ok_or_else(|| Failure(format!("the suite speaks plain http only: {url}")))?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let address = if host.contains(':') { host.to_string() } else { format!("{host}:80") };
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer = tokio::time::timeout(Duration::from_secs(10), exchange)
        .await
        .map_err(|_| Failure(format!("no answer within 10 s from {url}")))?
        .map_err(|error| Failure(format!("no answer from {url}: {error}")))?;
    read(&answer).ok_or_else(|| Failure(format!("no HTTP answer from {url}")))
}

fn read(answer: &[u8]) -> Option<Answer> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?.to_ascii_lowercase();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = &answer[end + 4..];
    let chunked = head.lines().any(|line| line.starts_with("transfer-encoding:") && line.contains("chunked"));
    Some(Answer { status, body: if chunked { join(body)? } else { body.to_vec() } })
}

fn join(mut chunks: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = chunks.windows(2).position(|two| two == b"\r\n")?;
        let size = std::str::from_utf8(&chunks[..line]).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(chunks.get(line + 2..line + 2 + size)?);
        chunks = chunks.get(line + 4 + size..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn reads_a_body_whole_or_in_chunks() {
        let whole = read(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab").unwrap();
        assert_eq!((whole.status, whole.body.as_slice()), (200, b"ab".as_slice()));
        let chunked =
            read(b"HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n").unwrap();
        assert_eq!((chunked.status, chunked.body.as_slice()), (404, b"abc0123456789".as_slice()));
        assert!(read(b"HTTP/1.1 200 OK\r\n").is_none());
    }
}
