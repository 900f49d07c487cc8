//! The client of one store.

use std::sync::Arc;

use crate::{
    ClientOptions, Error, StoreAddress,
    transport::{Call, Transport},
};

/// A client of one store. Clones share its connections and its rate limit.
#[derive(Clone)]
pub struct Client {
    transport: Arc<Transport>,
}

impl Client {
    /// A client; nothing is sent yet. For https, a TLS provider must have been installed
    /// for the process. Fails if the address is not https (or http to this machine), or
    /// the token cannot stand in a header.
    pub fn new(store: StoreAddress, options: &ClientOptions) -> Result<Self, Error> {
        Ok(Client {
            transport: Arc::new(Transport::new(store, options)?),
        })
    }

    pub(crate) async fn send(&self, call: &Call<'_>) -> Result<Option<Vec<u8>>, Error> {
        self.transport.send(call).await
    }
}
