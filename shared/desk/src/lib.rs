//! The office at work: submit, receive, replay, timers
