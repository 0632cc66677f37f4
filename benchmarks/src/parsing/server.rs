//! The server of prepared answers: it looks for the model's name in a request and sends what that model says.

use super::{case::Case, wire::Wire};
use crate::Result;
use memchr::memmem;
use std::sync::Arc;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Names of models, and what they say.
type Answers = Vec<(String, Vec<u8>)>;

/// Serves until the process is killed; the first line it prints is its URL.
pub(crate) async fn serve() -> Result<()> {
    let answers: Answers = Case::all().map(|case| (format!("\"{case}\""), Wire::of(case).bytes)).collect();
    let answers = Arc::new(answers);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/v1", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(answer(stream, Arc::clone(&answers)));
    }
}

/// Answers on one connection until the other side leaves it, or asks what there is no answer to.
async fn answer(mut stream: TcpStream, answers: Arc<Answers>) -> Result<()> {
    let mut request = Vec::new();
    while read(&mut stream, &mut request).await? {
        let answer = answers.iter().find(|(name, _)| memmem::find(&request, name.as_bytes()).is_some());
        let (_, answer) = answer.ok_or("there is no such model")?;
        stream.write_all(answer).await?;
        request.clear();
    }
    Ok(())
}

/// Reads a request, if there is one more. Nobody sends the next before the answer.
async fn read(stream: &mut TcpStream, request: &mut Vec<u8>) -> Result<bool> {
    while !is_whole(request)? {
        if stream.read_buf(request).await? == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

fn is_whole(request: &[u8]) -> Result<bool> {
    let Some(end) = memmem::find(request, b"\r\n\r\n") else { return Ok(false) };
    let head = std::str::from_utf8(&request[..end])?.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.ok_or("a request does not say how long it is")?.trim().parse()?;
    Ok(request.len() >= end + 4 + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_whole_with_its_body() {
        let request = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";
        assert!(is_whole(request).expect("it is readable"));
        assert!(!is_whole(&request[..request.len() - 1]).expect("it is readable"));
    }
}
