//! Parsers for model formats and repository configuration: bytes in, facts and problems out.
