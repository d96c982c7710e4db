//! Every rule in a file of its own, grouped by stage.
