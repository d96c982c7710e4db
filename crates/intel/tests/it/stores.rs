//! Small stores: what updates do, and what becomes of broken ones.
