//! What one model owes another: differences, descent, edits.
