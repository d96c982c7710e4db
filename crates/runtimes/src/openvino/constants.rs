//! What a constant says about its place in the `.bin`.

use chainwright_core::model::ModelHazardKind as Kind;

use crate::facts::elements;

/// A constant larger than this is a lie: 1 TiB.
const HUGE: u64 = 1 << 40;

/// The attributes of a constant, as written.
#[derive(Debug, Default)]
pub(super) struct Claim {
    pub(super) kind: Option<String>,
    pub(super) shape: Option<String>,
    pub(super) offset: Option<String>,
    pub(super) size: Option<String>,
}

/// Bits of an element by the name of its type.
fn bits(kind: &str) -> Option<u64> {
    Some(match kind.to_ascii_lowercase().as_str() {
        "f64" | "fp64" | "i64" | "u64" => 64,
        "f32" | "fp32" | "i32" | "u32" => 32,
        "f16" | "fp16" | "bf16" | "i16" | "u16" => 16,
        "i8" | "u8" | "boolean" | "bool" | "f8e4m3" | "f8e5m2" | "f8e8m0" => 8,
        "u6" => 6,
        "i4" | "u4" | "nf4" | "f4e2m1" => 4,
        "u3" => 3,
        "u2" => 2,
        "u1" | "bin" => 1,
        _ => return None,
    })
}

impl Claim {
    /// How many elements there are, or what is wrong.
    pub(super) fn check(&self) -> Result<u64, (Kind, &'static str)> {
        let parse = |text: &Option<String>| text.as_deref().map(|text| text.trim().parse::<u64>());
        let (offset, size) = match (parse(&self.offset), parse(&self.size)) {
            (Some(Ok(offset)), Some(Ok(size))) => (offset, size),
            (None, None) => return Ok(0),
            _ => {
                let detail = "offset or size of a constant is no number that can be";
                return Err((Kind::OutOfBounds, detail));
            }
        };
        if offset
            .checked_add(size)
            .is_none_or(|end| end > i64::MAX.cast_unsigned())
        {
            return Err((Kind::OutOfBounds, "offset and size of a constant overflow"));
        }
        let dimensions: Option<Vec<i64>> = self
            .shape
            .as_deref()
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|each| !each.is_empty())
            .map(|each| each.parse().ok())
            .collect();
        let Some(count) = dimensions.and_then(elements) else {
            return Err((
                Kind::SizeLie,
                "the shape of a constant overflows or cannot be",
            ));
        };
        // An empty constant is written as one byte or none.
        if count == 0 && size <= 16 {
            return Ok(0);
        }
        let stated = self.kind.as_deref().and_then(bits);
        let Some(bits) = stated else { return Ok(count) };
        let least = count.checked_mul(bits).map(|bits| bits.div_ceil(8));
        // Types below a byte are packed in several ways; none takes less than this.
        let is_packed = bits < 8 && least.is_some_and(|least| least <= size);
        match least {
            Some(least) if least == size || is_packed => Ok(count),
            Some(least) if least <= HUGE && size <= HUGE && self.shape.is_none() => Ok(count),
            _ => Err((
                Kind::SizeLie,
                "shape and type of a constant do not fit its size",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(kind: &str, shape: &str, offset: &str, size: &str) -> Result<u64, Kind> {
        let claim = Claim {
            kind: Some(kind.to_owned()),
            shape: Some(shape.to_owned()),
            offset: Some(offset.to_owned()),
            size: Some(size.to_owned()),
        };
        claim.check().map_err(|(kind, _)| kind)
    }

    #[test]
    fn constants_fit_their_size() {
        assert_eq!(claim("f32", "8, 3", "0", "96"), Ok(24));
        assert_eq!(claim("i64", "", "0", "8"), Ok(1));
        assert_eq!(claim("u4", "3", "0", "2"), Ok(3));
        assert_eq!(claim("string", "3", "0", "40"), Ok(3));
        assert_eq!(claim("f32", "8, 3", "0", "9"), Err(Kind::SizeLie));
        assert_eq!(claim("f32", "-1", "0", "4"), Err(Kind::SizeLie));
        assert_eq!(claim("f32", "1", "-4", "4"), Err(Kind::OutOfBounds));
        assert_eq!(
            claim("f32", "1", "18446744073709551612", "8"),
            Err(Kind::OutOfBounds)
        );
        assert_eq!(
            claim("f32", "4611686018427387904, 8", "0", "4"),
            Err(Kind::SizeLie)
        );
    }
}
