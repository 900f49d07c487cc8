//! A crash at any await.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// Ends a future after so many polls by dropping it: whatever it was waiting for,
/// a call to Fusion, an answer, a write to the stream, it does not come to know.
pub struct CrashAfter<F> {
    work: Option<Pin<Box<F>>>,
    polls: u64,
}

impl<F> CrashAfter<F> {
    pub fn new(work: F, polls: u64) -> CrashAfter<F> {
        CrashAfter {
            work: Some(Box::pin(work)),
            polls,
        }
    }
}

impl<F: Future> Future for CrashAfter<F> {
    /// None: it crashed.
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls == 0 {
            self.work = None;
            return Poll::Ready(None);
        }
        self.polls -= 1;
        let Some(work) = &mut self.work else {
            return Poll::Ready(None);
        };
        match work.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            // The last poll had its effects; what it waits for is never heard of.
            Poll::Pending if self.polls == 0 => {
                self.work = None;
                Poll::Ready(None)
            }
            Poll::Pending => Poll::Pending,
        }
    }
}
