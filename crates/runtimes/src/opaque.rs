//! Compiled networks of accelerators, whose insides nobody documents: recognised and named, so that none of them
//! passes for judged.

use chainwright_core::location::Place;
use chainwright_core::model::{ModelFacts, ModelFormat};
use chainwright_core::problem::ProblemKind;

/// A format that is recognised by its first bytes.
struct Mark {
    name: &'static str,
    at: usize,
    bytes: &'static [u8],
}

/// Marks as the tools of each maker write them.
const MARKS: &[Mark] = &[
    Mark {
        name: "Rockchip RKNN",
        at: 0,
        bytes: b"RKNN",
    },
    Mark {
        name: "Hailo HEF",
        at: 0,
        bytes: b"\x01HEF",
    },
    Mark {
        name: "Kendryte kmodel",
        at: 0,
        bytes: b"LMDK",
    },
    Mark {
        name: "Kendryte kmodel",
        at: 0,
        bytes: b"KMDL",
    },
    Mark {
        name: "Sophgo bmodel",
        at: 0,
        bytes: &[0xee, 0xaa, 0x55, 0xff],
    },
    Mark {
        name: "Huawei Ascend om",
        at: 0,
        bytes: b"IMOD",
    },
    Mark {
        name: "MindSpore Lite",
        at: 4,
        bytes: b"MSL1",
    },
    Mark {
        name: "MindSpore Lite",
        at: 4,
        bytes: b"MSL2",
    },
    Mark {
        name: "Arm NN",
        at: 4,
        bytes: b"ARMN",
    },
    Mark {
        name: "ONNX Runtime ORT",
        at: 4,
        bytes: b"ORTM",
    },
    Mark {
        name: "Qualcomm DLC",
        at: 0,
        bytes: b"\xd5\x0a\x02\x00",
    },
];

/// The first line of a TNN network names this number.
const TNN: &[&str] = &["4206624770", "4206624772"];

/// Whether the head is that of such a format.
pub(crate) fn is_one(head: &[u8]) -> bool {
    name(head).is_some()
}

fn name(head: &[u8]) -> Option<&'static str> {
    let mark = MARKS.iter().find(|mark| {
        head.get(mark.at..)
            .is_some_and(|rest| rest.starts_with(mark.bytes))
            // Text may begin with the same letters.
            && head.get(..16).is_some_and(|start| start.contains(&0))
    });
    if let Some(mark) = mark {
        return Some(mark.name);
    }
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = std::str::from_utf8(line).ok()?;
    let is_tnn = line.starts_with('"') && line.len() < 80;
    (is_tnn && TNN.iter().any(|number| line.contains(number))).then_some("TNN")
}

/// Names what it is.
pub(crate) fn read(head: &[u8]) -> ModelFacts {
    let name = name(head).unwrap_or_default();
    let format = match name {
        "Rockchip RKNN" => ModelFormat::Rknn,
        _ => ModelFormat::Other,
    };
    let mut facts = ModelFacts::new(format);
    name.clone_into(&mut facts.producer);
    facts.problem(
        ProblemKind::Unsupported,
        Place::Whole,
        format!("{name}: what this compiled network does is not read"),
    );
    facts
}
