//! Formats that hold a network in protobuf: ONNX, TensorFlow, Core ML, Paddle, Caffe, CNTK.
//!
//! All of them are read with one streaming walker of the wire format ([`wire`]): no message is decoded as a whole,
//! nothing grows with the size of the file, and unknown fields are passed over as protobuf wants it.

pub mod wire;

mod onnx;
mod tensorflow;
