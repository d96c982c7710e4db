//! Builder.

/// Builds the bytes that a recipe describes.
///
/// # Errors
/// With the line and the reason.
pub fn from_recipe(body: &str) -> Result<Vec<u8>, String> {
    Err(format!("no recipes yet: {} bytes", body.len()))
}
