//! What extension headers say about the member that follows.

/// LIMIT: records of one pax header.
const MOST_RECORDS: usize = 1000;

/// Values that replace those of a header.
#[derive(Debug, Clone, Default)]
pub(super) struct Overrides {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) is_sparse: bool,
}

impl Overrides {
    /// Reads `LENGTH KEY=VALUE\n` records; stops at the first that is none.
    pub(super) fn read_records(&mut self, mut rest: &[u8]) {
        for _ in 0..MOST_RECORDS {
            let Some((key, value, behind)) = record(rest) else {
                return;
            };
            match key {
                b"path" | b"GNU.sparse.name" => self.path = Some(value.to_vec()),
                b"linkpath" => self.link = Some(value.to_vec()),
                b"size" => self.size = decimal(value),
                _ => {}
            }
            self.is_sparse |= key.starts_with(b"GNU.sparse.");
            rest = behind;
        }
    }
}

/// Key, value, and what follows.
fn record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = memchr::memchr(b' ', bytes.get(..bytes.len().min(20))?)?;
    let length = usize::try_from(decimal(bytes.get(..space)?)?).ok()?;
    let (record, behind) = bytes.split_at_checked(length)?;
    let text = record.get(space.checked_add(1)?..)?;
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let equals = memchr::memchr(b'=', text)?;
    let (key, value) = text.split_at_checked(equals)?;
    Some((key, value.get(1..)?, behind))
}

fn decimal(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}
