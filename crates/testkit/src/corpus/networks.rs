//! Networks in protobuf: operators that reach out of the graph, side files that leave the folder, sizes that lie; and
//! what exporters really write.

use super::Case;

mod caffe;
mod coreml;
mod onnx;
mod paddle;
mod tensorflow;

/// Every case.
#[must_use]
pub fn cases() -> Vec<Case> {
    [
        caffe::cases(),
        coreml::cases(),
        onnx::cases(),
        paddle::cases(),
        tensorflow::cases(),
    ]
    .concat()
}
