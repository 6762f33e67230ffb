//! Fragments in every order, and what attacks make of them.
