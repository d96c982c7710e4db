//! Every weight file as a list of tensors, without executing anything, and their conversion to safetensors.
