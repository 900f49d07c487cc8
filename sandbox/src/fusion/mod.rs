//! The Fusion stand-in.
