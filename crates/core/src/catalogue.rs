//! Which tables of known dangers count.
//!
//! Parsers hold lists of what operators, functions and classes do beyond arithmetic. What is in none of them must still
//! come out as unknown, never as clean. To measure that, a test leaves out one family of entries and asks again; so
//! parsers ask here before they consult such a list. Outside tests every family is there. A family has the name of
//! its table, or of a part of it after a colon (`tensorflow:write`). Lists of what is harmless can't be left out.

/// The families that a test leaves out; none by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Catalogue {
    left_out: &'static [&'static str],
}

impl Catalogue {
    /// A catalogue without these families, or without all parts of a table if its name alone is given.
    #[must_use]
    pub const fn without(left_out: &'static [&'static str]) -> Self {
        Self { left_out }
    }

    /// Whether a family counts.
    #[must_use]
    pub fn has(self, family: &str) -> bool {
        let is_left_out = |left_out: &&str| {
            family
                .strip_prefix(*left_out)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        };
        !self.left_out.iter().any(is_left_out)
    }

    /// Whether a part of a table counts.
    #[must_use]
    pub fn has_part(self, table: &str, part: &str) -> bool {
        self.left_out.is_empty() || self.has(&format!("{table}:{part}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_or_a_whole_table_is_left_out() {
        let cases = [
            (Catalogue::default(), "table:part", true),
            (Catalogue::without(&["table:part"]), "table:part", false),
            (Catalogue::without(&["table:part"]), "table:parts", true),
            (Catalogue::without(&["table:part"]), "table", true),
            (Catalogue::without(&["table"]), "table:part", false),
            (Catalogue::without(&["table"]), "tables", true),
        ];
        for (catalogue, family, expected) in cases {
            assert_eq!(catalogue.has(family), expected, "{catalogue:?} {family}");
        }
        assert!(!Catalogue::without(&["table:part"]).has_part("table", "part"));
        assert!(Catalogue::default().has_part("table", "part"));
    }
}
