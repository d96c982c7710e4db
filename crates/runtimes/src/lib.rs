//! Formats of inference runtimes: TensorFlow Lite, ExecuTorch, OpenVINO, TensorRT, MXNet, GGML, llamafile.
