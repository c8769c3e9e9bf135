//! Projection of return journeys, and its service
