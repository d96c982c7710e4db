//! Python source judged by its syntax tree.
