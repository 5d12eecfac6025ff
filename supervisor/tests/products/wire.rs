//! A raw TCP connection with what the products' protocols need.

use std::time::Duration;

use bedplate_core::{Address, Error, ErrorKind, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const LIMIT: Duration = Duration::from_secs(10);

pub(crate) struct Wire {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Wire {
    pub(crate) async fn connect(address: &Address) -> Result<Self> {
        let stream = TcpStream::connect(address.host_or("127.0.0.1", 0)).await.map_err(broken)?;
        Ok(Self { stream, unread: Vec::new() })
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) -> Result<()> {
        self.stream.write_all(bytes.as_ref()).await.map_err(broken)
    }

    /// The next bytes, exactly so many.
    pub(crate) async fn take(&mut self, count: usize) -> Result<Vec<u8>> {
        while self.unread.len() < count {
            self.fill().await?;
        }
        Ok(self.unread.drain(..count).collect())
    }

    /// Everything up to and with this text.
    pub(crate) async fn until(&mut self, text: &str) -> Result<String> {
        loop {
            let found = self.unread.windows(text.len()).position(|window| window == text.as_bytes());
            if let Some(at) = found {
                let bytes: Vec<u8> = self.unread.drain(..at + text.len()).collect();
                return Ok(String::from_utf8_lossy(&bytes).into_owned());
            }
            self.fill().await?;
        }
    }

    /// Sends a line and expects one.
    pub(crate) async fn expect(&mut self, request: &str, answer: &str) -> Result<()> {
        self.send(request).await?;
        let line = self.until("\r\n").await?;
        if line.trim_end() == answer { Ok(()) } else { Err(unexpected(answer, &line)) }
    }

    async fn fill(&mut self) -> Result<()> {
        let mut buffer = [0; 4096];
        let read = tokio::time::timeout(LIMIT, self.stream.read(&mut buffer)).await;
        let count = read.map_err(|_| Error::new(ErrorKind::TimedOut, "no answer"))?.map_err(broken)?;
        if count == 0 {
            let got = String::from_utf8_lossy(&self.unread).into_owned();
            return Err(Error::new(ErrorKind::Unavailable, format!("closed after {got:?}")));
        }
        self.unread.extend_from_slice(&buffer[..count]);
        Ok(())
    }
}

pub(crate) fn unexpected(wanted: &str, got: &str) -> Error {
    Error::new(ErrorKind::Internal, format!("expected {wanted:?}, got {got:?}"))
}

fn broken(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Unavailable, error.to_string())
}
