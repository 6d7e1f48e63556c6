//! Errors as responses: `{"error": {"code", "message"}}` with the code's status.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use breakroom_identity::IdentityError;
use breakroom_journal::JournalError;
use breakroom_protocol::{ErrorBody, ErrorCode};
use serde::Serialize;
use std::time::Duration;
use tokio::time::timeout;
use utoipa::ToSchema;

/// How long a body may take, which is a few hundred bytes.
const BODY_WITHIN: Duration = Duration::from_secs(30);

/// An error response.
#[derive(Debug)]
pub struct ApiError(pub ErrorBody);

/// Its shape.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorEnvelope {
    /// What went wrong and what to do.
    error: ErrorBody,
}

impl ApiError {
    /// From a code and a sentence.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(ErrorBody::new(code, message))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(ErrorEnvelope { error: self.0 })).into_response()
    }
}

impl From<ErrorBody> for ApiError {
    fn from(body: ErrorBody) -> Self {
        Self(body)
    }
}

impl From<IdentityError> for ApiError {
    fn from(error: IdentityError) -> Self {
        if error.code().status() >= 500 {
            tracing::warn!(error = &error as &dyn std::error::Error, "identity");
        }
        Self(error.body())
    }
}

impl From<JournalError> for ApiError {
    fn from(error: JournalError) -> Self {
        tracing::warn!(error = &error as &dyn std::error::Error, "journal");
        Self::new(
            ErrorCode::JournalUnavailable,
            format!("The recordings can't be read or written at this moment: {error}."),
        )
    }
}

/// Under `/api`, but nothing that we know.
pub async fn no_such_route() -> ApiError {
    ApiError::new(ErrorCode::NotFound, "There is no such address in the API: see /api/openapi.json.")
}

/// A JSON body; one that isn't as expected is an error with a code like all others.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: serde::de::DeserializeOwned> axum::extract::FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: axum::extract::Request, state: &S) -> Result<Self, ApiError> {
        Self::read(request, state, BODY_WITHIN).await
    }
}

impl<T: serde::de::DeserializeOwned> Body<T> {
    async fn read<S: Send + Sync>(
        request: axum::extract::Request,
        state: &S,
        within: Duration,
    ) -> Result<Self, ApiError> {
        use axum::extract::FromRequest as _;
        use axum::extract::rejection::JsonRejection;
        let read = timeout(within, Json::<T>::from_request(request, state)).await;
        let Ok(read) = read else {
            return Err(ApiError::new(
                ErrorCode::BadMessage,
                "The request's body didn't come: send it again.",
            ));
        };
        match read {
            Ok(Json(body)) => Ok(Self(body)),
            Err(JsonRejection::BytesRejection(error)) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(ApiError::new(ErrorCode::TooLarge, "The request's body is too large."))
            }
            Err(error) => Err(ApiError::new(
                ErrorCode::BadMessage,
                format!("The request isn't as expected: {}.", error.body_text()),
            )),
        }
    }
}

/// A path's parts; a malformed id names nothing.
#[derive(Debug)]
pub struct Parts<T>(pub T);

impl<S: Send + Sync, T: serde::de::DeserializeOwned + Send> axum::extract::FromRequestParts<S> for Parts<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(ApiError::new(
                ErrorCode::SessionNotFound,
                "The address has a malformed id: nothing is there.",
            )),
        }
    }
}

/// A query string's values.
#[derive(Debug)]
pub struct Values<T>(pub T);

impl<S: Send + Sync, T: serde::de::DeserializeOwned> axum::extract::FromRequestParts<S> for Values<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(error) => Err(ApiError::new(
                ErrorCode::BadMessage,
                format!("The query isn't as expected: {}.", error.body_text()),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_that_does_not_come_is_waited_for_only_so_long() {
        let body = axum::body::Body::from_stream(futures_util::stream::pending::<
            Result<bytes::Bytes, std::io::Error>,
        >());
        let request =
            axum::http::Request::post("/").header("content-type", "application/json").body(body).unwrap();
        let reading = Body::<serde_json::Value>::read(request, &(), Duration::from_millis(50));
        let refused = timeout(Duration::from_secs(30), reading).await.expect("it ends").unwrap_err();
        assert_eq!(refused.0.code, ErrorCode::BadMessage);
        assert!(refused.0.message.contains("body didn't come"), "{}", refused.0.message);
    }
}
