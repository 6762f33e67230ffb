//! Filters as a whole: fields, the language, mistakes, and expressions that nobody would write.

mod fields;
mod language;
mod mistakes;
mod random;
mod records;
