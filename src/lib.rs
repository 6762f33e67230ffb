//! rvpscope: a protocol inspector and traffic replay analyzer for RVP.

pub mod base;
pub mod capture;
pub mod http;
pub mod net;
pub mod rvp;
pub mod tcp;
