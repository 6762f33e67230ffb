//! What becomes of the others when a thread breaks down: they must not wait for it.

/// Calls its function when it is dropped because of a panic.
pub(crate) struct Alarm<F: Fn()>(pub(crate) F);

impl<F: Fn()> Drop for Alarm<F> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            (self.0)();
        }
    }
}
