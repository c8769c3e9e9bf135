//! Stories on real servers
