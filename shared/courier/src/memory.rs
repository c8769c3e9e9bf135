//! A hub in memory, for simulations.
