//! What is written is read again, and nothing that anybody could write does harm.
