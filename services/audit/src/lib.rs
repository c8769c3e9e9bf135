//! Replay of event history, and its service
