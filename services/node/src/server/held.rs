//! The answer of a stream, which ends with the session that asked for it: whoever has signed out, or may not listen any more, is told
//! nothing further and what to do next.

use std::pin::Pin;
use std::task::{Context, Poll};

use http_body::Frame;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Bytes;
use tonic::codegen::http::HeaderMap;
use waymark_api::error;

use crate::staff::sessions::{Over, Stay};

/// A stream that is being told.
pub(super) struct Held {
    /// None once it has ended.
    told: Option<Body>,
    over: Pin<Box<dyn Future<Output = Over> + Send>>,
}

impl Held {
    /// What is told in `body` as long as `stay` lasts.
    pub(super) fn body(body: Body, stay: Stay) -> Body {
        Body::new(Self { told: Some(body), over: Box::pin(stay.over()) })
    }
}

impl http_body::Body for Held {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Self { told, over } = &mut *self;
        let Some(body) = told else { return Poll::Ready(None) };
        // First, so that a stream which always has something to tell ends too.
        if let Poll::Ready(over) = over.as_mut().poll(context) {
            *told = None;
            return Poll::Ready(Some(trailers(over).map(Frame::trailers)));
        }
        Pin::new(body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.told.as_ref().is_none_or(http_body::Body::is_end_stream)
    }
}

fn trailers(over: Over) -> Result<HeaderMap, Status> {
    let status = match over {
        Over::Session => error::stream_without_session(),
        Over::Roles => error::stream_of_other_roles(),
    };
    let mut trailers = HeaderMap::new();
    status.add_header(&mut trailers)?;
    Ok(trailers)
}
