//! The witness behind HTTP/1.1: `POST /add-checkpoint` and `GET /<origin hash>/checkpoint`.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::Semaphore;

use crate::{Answer, Witness, WitnessError};

/// LIMIT: bytes of a request. A signature may have 5 kB, a proof 63 lines.
const MOST_BYTES: usize = 256 << 10;
/// LIMIT: connections at once.
const MOST_CONNECTIONS: usize = 256;
/// LIMIT: time for the headers of a request, and for its body.
const PATIENCE: Duration = Duration::from_secs(15);
/// LIMIT: time for a connection as a whole.
const MOST_TIME: Duration = Duration::from_secs(300);

/// Listens until the process ends. `ready` is told the address, which matters if the port was left to the system.
///
/// # Errors
///
/// If the address cannot be listened on.
pub fn serve(
    witness: Witness,
    address: SocketAddr,
    ready: &dyn Fn(SocketAddr),
) -> Result<(), WitnessError> {
    let failed = |source| WitnessError::Listen {
        address: address.to_string(),
        source,
    };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).map_err(failed)?;
        ready(bound);
        accept(&listener, Arc::new(witness)).await;
        Ok(())
    })
}

async fn accept(listener: &tokio::net::TcpListener, witness: Arc<Witness>) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, or the caller is gone already.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let witness = Arc::clone(&witness);
        tokio::spawn(async move {
            let service =
                hyper::service::service_fn(move |request| answer(Arc::clone(&witness), request));
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .serve_connection(TokioIo::new(stream), service);
            // Whatever went wrong, the connection is over.
            let _ = tokio::time::timeout(MOST_TIME, connection).await;
            drop(place);
        });
    }
}

async fn answer(
    witness: Arc<Witness>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let answer = route(witness, request).await;
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    Ok(response)
}

async fn route(witness: Arc<Witness>, request: Request<Incoming>) -> Answer {
    let path = request.uri().path().to_owned();
    let latest = path
        .strip_prefix('/')
        .and_then(|path| path.strip_suffix("/checkpoint"))
        .map(str::to_owned);
    if path == "/add-checkpoint" {
        if request.method() != Method::POST {
            return Answer::text(405, "add-checkpoint takes POST\n".to_owned());
        }
        let body = Limited::new(request.into_body(), MOST_BYTES).collect();
        let body = match tokio::time::timeout(PATIENCE, body).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(_)) => {
                return Answer::text(400, "the request is too long or broken off\n".to_owned());
            }
            Err(_) => return Answer::text(408, "the request took too long\n".to_owned()),
        };
        return blocking(move || witness.add_checkpoint(&body, now())).await;
    }
    match latest {
        Some(hash) if request.method() == Method::GET => {
            blocking(move || witness.latest(&hash)).await
        }
        _ => Answer::text(404, "there is nothing here\n".to_owned()),
    }
}

/// Waits for the disk elsewhere.
async fn blocking(work: impl FnOnce() -> Answer + Send + 'static) -> Answer {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Answer::text(500, "the witness failed\n".to_owned()))
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(1, |since| since.as_secs().max(1))
}
