//! Presigned requests over an engine that has none: a small server that reads and writes objects for whoever has a token.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bedplate_core::address::{percent_decode, percent_encode};
use bedplate_core::objects::{GetOptions, Method, ObjectsEngine, Presigned, PutOptions};
use bedplate_core::{Error, ErrorKind, Result};
use futures_util::TryStreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How carefully a request is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Laxity {
    /// Its time may have passed.
    pub(crate) time: bool,
    /// It may be for another method.
    pub(crate) method: bool,
    /// It may be for another key.
    pub(crate) key: bool,
}

struct Allowed {
    method: Method,
    key: String,
    until: Instant,
}

/// What is allowed, by token, and where it is asked for.
pub(crate) struct Requests {
    port: u16,
    allowed: Arc<Mutex<HashMap<String, Allowed>>>,
}

impl Requests {
    /// Begins to answer requests.
    pub(crate) async fn serve(engine: Arc<dyn ObjectsEngine>, laxity: Laxity) -> Result<Self> {
        let failed = |error| Error::new(ErrorKind::Unavailable, "no port").with_source(error);
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let allowed = Arc::new(Mutex::new(HashMap::new()));
        let shared = allowed.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, engine.clone(), shared.clone(), laxity));
            }
        });
        Ok(Self { port, allowed })
    }

    /// Allows one thing and says how to ask for it.
    pub(crate) fn allow(&self, method: Method, key: &str, lifetime: Duration) -> Presigned {
        let token = uuid::Uuid::new_v4().simple().to_string();
        let path = key.split('/').map(percent_encode).collect::<Vec<_>>().join("/");
        let url = format!("http://127.0.0.1:{}/{path}?token={token}", self.port);
        let allowed = Allowed { method, key: key.to_string(), until: Instant::now() + lifetime };
        self.allowed.lock().unwrap().insert(token.clone(), allowed);
        Presigned { url, headers: vec![("x-token".into(), token)] }
    }
}

async fn serve(
    mut stream: TcpStream,
    engine: Arc<dyn ObjectsEngine>,
    allowed: Arc<Mutex<HashMap<String, Allowed>>>,
    laxity: Laxity,
) {
    let Some((method, key, token, content)) = read(&mut stream).await else { return };
    let permitted = allowed.lock().unwrap().get(&token).is_some_and(|allowed| {
        (laxity.time || Instant::now() < allowed.until)
            && (laxity.method || allowed.method == method)
            && (laxity.key || allowed.key == key)
    });
    let (status, body) = match method {
        _ if !permitted => (403, Vec::new()),
        Method::Put => match engine.put(&key, content.into(), PutOptions::new()).await {
            Ok(_) => (201, Vec::new()),
            Err(_) => (500, Vec::new()),
        },
        Method::Get => match engine.get(&key, GetOptions::new()).await {
            Ok(object) => {
                let chunks: Vec<_> = object.body.try_collect().await.unwrap_or_default();
                (200, chunks.concat())
            }
            Err(error) if error.kind() == ErrorKind::NotFound => (404, Vec::new()),
            Err(_) => (500, Vec::new()),
        },
    };
    let head = format!("HTTP/1.1 {status} -\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(&body).await;
}

async fn read(stream: &mut TcpStream) -> Option<(Method, String, String, Vec<u8>)> {
    let mut text = Vec::new();
    let end = loop {
        if let Some(end) = text.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut text).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(text[..end].to_vec()).ok()?;
    let header = |name: &str| {
        head.lines()
            .find_map(|line| line.split_once(": ").filter(|(found, _)| found.eq_ignore_ascii_case(name)))
    };
    let length: usize = header("content-length")?.1.parse().ok()?;
    let mut content = text.split_off(end + 4);
    while content.len() < length {
        if stream.read_buf(&mut content).await.ok()? == 0 {
            return None;
        }
    }
    let mut words = head.split(' ');
    let method = if words.next()? == "GET" { Method::Get } else { Method::Put };
    let (path, token) = words.next()?.split_once("?token=")?;
    // The header is part of the request, as it is where a product wants one.
    (header("x-token")?.1 == token).then_some(())?;
    Some((method, percent_decode(path.strip_prefix('/')?).ok()?, token.to_string(), content))
}
