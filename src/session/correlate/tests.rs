//! Tests of the correlator.
