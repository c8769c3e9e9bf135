//! Projection of places and holds, the service directory, and their services
