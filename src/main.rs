//! The program `rvpscope`: parses the arguments, calls the library, maps the outcome to an exit code.

fn main() {}
