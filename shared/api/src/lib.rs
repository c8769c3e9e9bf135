//! Generated gRPC types and their conversions to the domain
