//! A symbolic machine for Python pickles: what would be called with which arguments.
