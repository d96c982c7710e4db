//! Flatbuffers of TensorFlow Lite, ExecuTorch and PyTorch mobile.

use super::{Case, bad, good};
use crate::runtimes::flat::Flat;
use crate::runtimes::{ExecuTorch, TfLite, TorchMobile, flex_options, operator, subgraph, tensor};

/// Every case.
pub(super) fn cases() -> Vec<Case> {
    [
        flex(),
        tflite_lies(),
        tflite_honest(),
        executorch(),
        torch_mobile(),
    ]
    .concat()
}

/// A model whose one operator is a Flex operator; its first input is constant unless the caller fills it.
fn flex_model(
    name: &'static str,
    kernel: &str,
    attribute: Option<(&str, &str)>,
    input: i32,
) -> TfLite {
    let options = flex_options(name.trim_start_matches("Flex"), kernel, attribute);
    let mut model = TfLite::honest();
    model.codes = vec![(32, Some(name))];
    model.operators = vec![operator(0, &[input], &[2], vec![(5, Flat::Bytes(options))])];
    model
}

fn flex() -> Vec<Case> {
    let plain = |case: &str, name: &'static str| {
        let kernel = name.trim_start_matches("Flex");
        bad(
            "tflite-flex",
            case,
            "model.tflite",
            flex_model(name, kernel, None, 1).build(),
        )
    };
    let mut cases = vec![
        plain("write-file", "FlexWriteFile"),
        plain("read-file", "FlexReadFile"),
        plain("py-func", "FlexPyFunc"),
        plain("eager-py-func", "FlexEagerPyFunc"),
        plain("matching-files", "FlexMatchingFiles"),
        plain("save-to-constant-path", "FlexSaveV2"),
        plain("restore-from-constant-path", "FlexRestoreV2"),
        plain("sql-dataset", "FlexSqlDataset"),
        plain("remote-call", "FlexRpcCall"),
    ];
    cases.push(bad(
        "tflite-flex",
        "harmless-name-other-kernel",
        "model.tflite",
        flex_model("FlexAddV2", "WriteFile", None, 1).build(),
    ));
    cases.push(bad(
        "tflite-flex",
        "print-into-file",
        "model.tflite",
        flex_model(
            "FlexPrintV2",
            "PrintV2",
            Some(("output_stream", "file:///tmp/inert")),
            1,
        )
        .build(),
    ));
    cases.push(bad(
        "tflite-flex",
        "renamed-model",
        "notes.dat",
        flex_model("FlexWriteFile", "WriteFile", None, 1).build(),
    ));
    cases
}

fn tflite_lies() -> Vec<Case> {
    let case = |name: &str, change: &dyn Fn(&mut TfLite)| {
        let mut model = TfLite::honest();
        change(&mut model);
        bad("tflite-structure", name, "model.tflite", model.build())
    };
    let to_itself = |kind: u8, fields: Vec<(u16, Flat)>| {
        operator(
            0,
            &[0],
            &[2],
            vec![(3, Flat::U8(kind)), (4, Flat::Table(fields))],
        )
    };
    vec![
        case("tensor-index-beyond", &|model| {
            model.operators = vec![operator(0, &[0, 99], &[2], Vec::new())];
        }),
        case("tensor-index-negative", &|model| {
            model.operators = vec![operator(0, &[0, -7], &[2], Vec::new())];
        }),
        case("operator-code-beyond", &|model| {
            model.operators = vec![operator(5, &[0, 1], &[2], Vec::new())];
        }),
        case("graph-input-beyond", &|model| model.inputs = vec![40]),
        case("graph-output-beyond", &|model| model.outputs = vec![40]),
        case("buffer-index-beyond", &|model| {
            model.tensors[1] = tensor("w", &[2], 0, 50);
        }),
        case("shape-overflows", &|model| {
            model.tensors[1] = tensor("w", &[i32::MAX, i32::MAX, i32::MAX], 0, 1);
        }),
        case("shape-negative", &|model| {
            model.tensors[0] = tensor("in", &[2, -4], 0, 0);
        }),
        case("shape-larger-than-buffer", &|model| {
            model.tensors[1] = tensor("w", &[2, 1000], 0, 1);
        }),
        case("buffer-behind-the-file", &|model| {
            model.buffers[1] = Flat::Table(vec![(1, Flat::U64(1 << 40)), (2, Flat::U64(8))]);
        }),
        case("buffer-offset-overflows", &|model| {
            model.buffers[1] = Flat::Table(vec![(1, Flat::U64(u64::MAX - 4)), (2, Flat::U64(8))]);
        }),
        case("buffer-length-lies", &|model| {
            model.buffers[1] = Flat::Table(vec![(0, Flat::Lie(1 << 30))]);
        }),
        case("tables-lead-out", &|model| {
            model.fields = vec![(7, Flat::Offset(0x7fff_fff0))];
        }),
        case("while-calls-itself", &|model| {
            let parts = vec![(0, Flat::I32(0)), (1, Flat::I32(0))];
            model.codes = vec![(119, None)];
            model.operators = vec![to_itself(93, parts)];
        }),
        case("if-calls-itself-through-another", &|model| {
            let inner = to_itself(92, vec![(0, Flat::I32(0)), (1, Flat::I32(0))]);
            model.codes = vec![(118, None)];
            model.operators = vec![to_itself(92, vec![(0, Flat::I32(1)), (1, Flat::I32(1))])];
            model.subgraphs = vec![subgraph(&model.tensors, &[0], &[2], &[inner])];
        }),
        case("called-subgraph-beyond", &|model| {
            model.operators = vec![to_itself(103, vec![(0, Flat::I32(9))])];
        }),
        case("custom-without-name", &|model| {
            model.codes = vec![(32, None)]
        }),
        case("text-tensor-offsets-lead-out", &|model| {
            let mut table = 1_i32.to_le_bytes().to_vec();
            table.extend([12, 0, 0, 0, 0, 0, 0, 0x40]);
            model.tensors[1] = tensor("w", &[1], 5, 1);
            model.buffers[1] = Flat::Table(vec![(0, Flat::Bytes(table))]);
        }),
        case("signature-of-missing-subgraph", &|model| {
            let signature = Flat::Table(vec![(4, Flat::U32(7))]);
            model.fields = vec![(7, Flat::Tables(vec![signature]))];
        }),
        case("metadata-buffer-beyond", &|model| {
            let entry = vec![
                (0, Flat::Text("min_runtime_version".to_owned())),
                (1, Flat::U32(77)),
            ];
            model.fields = vec![(6, Flat::Tables(vec![Flat::Table(entry)]))];
        }),
        case("external-weights-outside", &|model| {
            let group = Flat::Table(vec![(0, Flat::Text("../../weights.bin".to_owned()))]);
            model.fields = vec![(8, Flat::Tables(vec![group]))];
        }),
        case("options-behind-the-file", &|model| {
            model.codes = vec![(32, Some("TFLite_Detection_PostProcess"))];
            let fields = vec![(9, Flat::U64(1 << 33)), (10, Flat::U64(64))];
            model.operators = vec![operator(0, &[0], &[2], fields)];
        }),
    ]
}

fn tflite_honest() -> Vec<Case> {
    let case = |name: &str, change: &dyn Fn(&mut TfLite)| {
        let mut model = TfLite::honest();
        change(&mut model);
        good("tflite-honest", name, "model.tflite", model.build())
    };
    vec![
        case("plain", &|_| {}),
        case("optional-input", &|model| {
            model.operators = vec![operator(0, &[0, 1, -1], &[2], Vec::new())];
        }),
        case("detection-post-process", &|model| {
            model.codes = vec![(32, Some("TFLite_Detection_PostProcess"))];
        }),
        case("own-custom-operator", &|model| {
            model.codes = vec![(32, Some("AcmeNormalize"))];
        }),
        case("packed-weights", &|model| {
            model.tensors[1] = tensor("w", &[15], 17, 1);
        }),
        case("while-with-bodies", &|model| {
            let parts = vec![(0, Flat::I32(1)), (1, Flat::I32(2))];
            let call = vec![(3, Flat::U8(93)), (4, Flat::Table(parts))];
            model.codes = vec![(119, None)];
            model.operators = vec![operator(0, &[0], &[2], call)];
            let body = subgraph(&model.tensors, &[0], &[2], &[]);
            model.subgraphs = vec![body.clone(), body];
        }),
        good(
            "tflite-honest",
            "trains-on-the-device",
            "model.tflite",
            flex_model("FlexSave", "Save", None, 0).build(),
        ),
        good(
            "tflite-honest",
            "flex-arithmetic",
            "model.tflite",
            flex_model("FlexErf", "Erf", None, 0).build(),
        ),
        good(
            "tflite-honest",
            "flex-print",
            "model.tflite",
            flex_model(
                "FlexPrintV2",
                "PrintV2",
                Some(("output_stream", "stderr")),
                0,
            )
            .build(),
        ),
    ]
}

fn executorch() -> Vec<Case> {
    let made = |change: &dyn Fn(&mut ExecuTorch)| {
        let mut program = ExecuTorch::honest();
        change(&mut program);
        program.build()
    };
    let case = |name: &str, change: &dyn Fn(&mut ExecuTorch)| {
        bad("executorch-structure", name, "model.pte", made(change))
    };
    let honest = |name: &str, change: &dyn Fn(&mut ExecuTorch)| {
        good("executorch-honest", name, "model.pte", made(change))
    };
    let call = |operator: i32, arguments: &[i32]| {
        let fields = vec![
            (0, Flat::I32(operator)),
            (1, Flat::I32s(arguments.to_vec())),
        ];
        (1, Flat::Table(fields))
    };
    let delegate = |id: &str, index: u32| {
        let data = Flat::Table(vec![(0, Flat::U8(1)), (1, Flat::U32(index))]);
        Flat::Table(vec![(0, Flat::Text(id.to_owned())), (1, data)])
    };
    vec![
        case("segment-beyond", &|program| program.segments[0].1 = 4096),
        case("segment-overflows", &|program| {
            program.segments[0] = (u64::MAX - 8, 16)
        }),
        case("program-size-beyond", &|program| {
            program.header = Some((1 << 40, 64, 16))
        }),
        case("segment-base-beyond", &|program| {
            let size = program.build().len() as u64;
            program.header = Some((size - 16, u64::MAX - 4, 16));
        }),
        case("tensor-size-overflows", &|program| {
            program.values[0].1 = ExecuTorch::tensor(&[i32::MAX, i32::MAX, 64], 0, Some((1, 0)));
        }),
        case("tensor-size-negative", &|program| {
            program.values[0].1 = ExecuTorch::tensor(&[-2, 2], 0, Some((1, 0)));
        }),
        case("planned-outside-memory", &|program| {
            program.values[0].1 = ExecuTorch::tensor(&[2, 2], 0, Some((1, 4000)));
        }),
        case("planned-in-missing-memory", &|program| {
            program.values[0].1 = ExecuTorch::tensor(&[2, 2], 0, Some((9, 0)));
        }),
        case("constant-beyond-segment", &|program| {
            program.values[1].1 = ExecuTorch::tensor(&[64, 64], 1, None);
        }),
        case("constant-index-beyond", &|program| {
            program.values[1].1 = ExecuTorch::tensor(&[2, 2], 55, None);
        }),
        case("constant-offset-beyond", &|program| {
            program.constants = vec![0, 1 << 40]
        }),
        case("kernel-index-beyond", &|program| {
            program.instructions = vec![call(7, &[0])]
        }),
        case("argument-beyond", &|program| {
            program.instructions = vec![call(0, &[0, 88])]
        }),
        case("argument-negative", &|program| {
            program.instructions = vec![call(0, &[-3])]
        }),
        case("kind-of-instruction", &|program| {
            program.instructions[0].0 = 77
        }),
        case("jump-beyond", &|program| {
            let jump = Flat::Table(vec![(0, Flat::I32(0)), (1, Flat::I32(900))]);
            program.instructions.push((4, jump));
        }),
        case("list-of-missing-values", &|program| {
            program
                .values
                .push((10, Flat::Table(vec![(0, Flat::I32s(vec![500]))])));
        }),
        case("delegate-segment-beyond", &|program| {
            program.delegates = vec![delegate("XnnpackBackend", 12)];
        }),
        case("memory-of-impossible-size", &|program| {
            program.arenas[1] = u64::MAX - 8
        }),
        case("compiled-library", &|program| {
            program.named = vec![("forward_so_blob", 0)]
        }),
        honest("plain", &|_| {}),
        honest("own-kernel", &|program| {
            program.kernels = vec!["acme::fused"]
        }),
        honest("delegated", &|program| {
            program.delegates = vec![delegate("XnnpackBackend", 0)]
        }),
        honest("own-delegate", &|program| {
            program.delegates = vec![delegate("AcmeNpu", 0)]
        }),
        honest("optional-tensor", &|program| {
            program
                .values
                .push((11, Flat::Table(vec![(0, Flat::I32s(vec![-1, 0]))])));
        }),
    ]
}

fn torch_mobile() -> Vec<Case> {
    let made = |change: &dyn Fn(&mut TorchMobile)| {
        let mut program = TorchMobile::honest();
        change(&mut program);
        program.build()
    };
    let case = |name: &str, change: &dyn Fn(&mut TorchMobile)| {
        bad("torch-mobile", name, "model.ptl", made(change))
    };
    let list = |kind: u8, items: &[i32]| (kind, Flat::Table(vec![(0, Flat::I32s(items.to_vec()))]));
    let code = |rows: &[(u8, u16, i32)]| (16, TorchMobile::function(&["aten::add"], rows));
    vec![
        case("tensor-beyond-storage", &|program| {
            program.values[1].1 = TorchMobile::tensor(&[200, 200], &[200, 1], 0, 0);
        }),
        case("stride-beyond-storage", &|program| {
            program.values[1].1 = TorchMobile::tensor(&[2, 2], &[100_000, 1], 0, 0);
        }),
        case("offset-negative", &|program| {
            program.values[1].1 = TorchMobile::tensor(&[2, 2], &[2, 1], 0, -64);
        }),
        case("storage-index-beyond", &|program| {
            program.values[1].1 = TorchMobile::tensor(&[2, 2], &[2, 1], 31, 0);
        }),
        case("list-item-beyond", &|program| {
            program.values.push(list(7, &[1, 999]))
        }),
        case("tuple-item-beyond", &|program| {
            program.values.push(list(8, &[-1]))
        }),
        case("object-type-beyond", &|program| {
            program
                .values
                .push((10, Flat::Table(vec![(0, Flat::U32(4))])));
        }),
        case("jump-out-of-the-code", &|program| {
            program.values[0] = code(&[(10, 0, -900), (12, 0, 0)]);
        }),
        case("operator-beyond", &|program| {
            program.values[0] = code(&[(0, 0, 66), (12, 0, 0)])
        }),
        case("constant-beyond", &|program| {
            program.values[0] = code(&[(8, 0, 66), (12, 0, 0)])
        }),
        case("unknown-instruction", &|program| {
            program.values[0] = code(&[(200, 0, 0)])
        }),
        case("saves-a-file", &|program| {
            program.values[0].1 = TorchMobile::function(&["aten::save"], &[(0, 0, 0), (12, 0, 0)]);
        }),
        case("maps-a-file", &|program| {
            program.values[0].1 =
                TorchMobile::function(&["aten::from_file"], &[(0, 0, 0), (12, 0, 0)]);
        }),
        good("torch-mobile-honest", "plain", "model.ptl", made(&|_| {})),
        good(
            "torch-mobile-honest",
            "own-operator-and-extra-file",
            "model.ptl",
            made(&|program| {
                program.values[0].1 =
                    TorchMobile::function(&["acme::op"], &[(0, 0, 0), (12, 0, 0)]);
                program.extra = vec![("labels.txt", "cat\ndog\n")];
            }),
        ),
    ]
}
