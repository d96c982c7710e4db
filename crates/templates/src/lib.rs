//! Chat templates judged by their Jinja syntax tree.
