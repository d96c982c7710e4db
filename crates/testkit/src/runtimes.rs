//! Builders for the formats of inference runtimes: flatbuffers from a tree of fields, and the binary lists of MXNet,
//! GGML and TensorRT. Everything can be made to lie; nothing here knows what a runtime does with it.

pub mod flat;

use flat::Flat;

/// A TensorFlow Lite model with one subgraph.
#[derive(Debug, Clone, Default)]
pub struct TfLite {
    /// Builtin number and name of each operator code.
    pub codes: Vec<(i32, Option<&'static str>)>,
    /// Tables of operators.
    pub operators: Vec<Flat>,
    /// Tables of tensors.
    pub tensors: Vec<Flat>,
    /// Tables of buffers; the first one is empty by custom.
    pub buffers: Vec<Flat>,
    /// Tensors that the caller fills.
    pub inputs: Vec<i32>,
    /// Tensors that the caller reads.
    pub outputs: Vec<i32>,
    /// Further subgraphs.
    pub subgraphs: Vec<Flat>,
    /// Further fields of the root.
    pub fields: Vec<(u16, Flat)>,
}

impl TfLite {
    /// An honest model: a constant of two floats is added to the input.
    #[must_use]
    pub fn honest() -> Self {
        Self {
            codes: vec![(0, None)],
            operators: vec![operator(0, &[0, 1], &[2], Vec::new())],
            tensors: vec![
                tensor("in", &[2], 0, 0),
                tensor("w", &[2], 0, 1),
                tensor("out", &[2], 0, 0),
            ],
            buffers: vec![
                Flat::Table(Vec::new()),
                Flat::Table(vec![(0, Flat::Bytes(vec![0; 8]))]),
            ],
            inputs: vec![0],
            outputs: vec![2],
            ..Self::default()
        }
    }

    /// The file.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let codes = self
            .codes
            .iter()
            .map(|(builtin, name)| {
                let short = u8::try_from((*builtin).min(127)).unwrap_or(0xff);
                let mut fields = vec![(0, Flat::U8(short)), (3, Flat::I32(*builtin))];
                fields.extend(name.map(|name| (1, Flat::Text(name.to_owned()))));
                Flat::Table(fields)
            })
            .collect();
        let mut subgraphs = vec![subgraph(
            &self.tensors,
            &self.inputs,
            &self.outputs,
            &self.operators,
        )];
        subgraphs.extend(self.subgraphs.iter().cloned());
        let mut root = vec![
            (0, Flat::U32(3)),
            (1, Flat::Tables(codes)),
            (2, Flat::Tables(subgraphs)),
            (3, Flat::Text("fixture".to_owned())),
            (4, Flat::Tables(self.buffers.clone())),
        ];
        root.extend(self.fields.iter().cloned());
        flat::file(*b"TFL3", &root, &[])
    }
}

/// A subgraph of a TensorFlow Lite model.
#[must_use]
pub fn subgraph(tensors: &[Flat], inputs: &[i32], outputs: &[i32], operators: &[Flat]) -> Flat {
    Flat::Table(vec![
        (0, Flat::Tables(tensors.to_vec())),
        (1, Flat::I32s(inputs.to_vec())),
        (2, Flat::I32s(outputs.to_vec())),
        (3, Flat::Tables(operators.to_vec())),
    ])
}

/// An operator of a TensorFlow Lite model: its code, inputs, outputs and further fields.
#[must_use]
pub fn operator(code: u32, inputs: &[i32], outputs: &[i32], fields: Vec<(u16, Flat)>) -> Flat {
    let mut all = vec![
        (0, Flat::U32(code)),
        (1, Flat::I32s(inputs.to_vec())),
        (2, Flat::I32s(outputs.to_vec())),
    ];
    all.extend(fields);
    Flat::Table(all)
}

/// A tensor of a TensorFlow Lite model: its name, shape, type and buffer.
#[must_use]
pub fn tensor(name: &str, shape: &[i32], kind: u8, buffer: u32) -> Flat {
    Flat::Table(vec![
        (0, Flat::I32s(shape.to_vec())),
        (1, Flat::U8(kind)),
        (2, Flat::U32(buffer)),
        (3, Flat::Text(name.to_owned())),
    ])
}

/// The options of a Flex operator: a flexbuffer with its name and a serialised node that runs `kernel`, which may
/// carry one text as an attribute.
#[must_use]
pub fn flex_options(name: &str, kernel: &str, attribute: Option<(&str, &str)>) -> Vec<u8> {
    let short = |text: &[u8]| u8::try_from(text.len()).unwrap_or(u8::MAX);
    let field = |number: u8, content: &[u8]| [&[number << 3 | 2, short(content)], content].concat();
    let mut node = [field(1, b"node"), field(2, kernel.as_bytes())].concat();
    if let Some((key, value)) = attribute {
        let value = field(2, value.as_bytes());
        node.extend(field(
            5,
            &[field(1, key.as_bytes()), field(2, &value)].concat(),
        ));
    }
    let mut bytes = vec![short(name.as_bytes())];
    let first = bytes.len();
    bytes.extend(name.bytes());
    bytes.push(0);
    bytes.push(short(&node));
    let second = bytes.len();
    bytes.extend(&node);
    bytes.push(0);
    bytes.push(2);
    let list = bytes.len();
    for (slot, target) in [(list, first), (list + 1, second)] {
        bytes.push(u8::try_from(slot - target).unwrap_or(u8::MAX));
    }
    bytes.extend([5 << 2, 5 << 2, 4, 10 << 2, 1]);
    bytes
}

/// An ExecuTorch program with one plan and one segment of constants behind it.
#[derive(Debug, Clone)]
pub struct ExecuTorch {
    /// Fields of its values: kind and table.
    pub values: Vec<(u8, Flat)>,
    /// Names of its kernels.
    pub kernels: Vec<&'static str>,
    /// Kind and table of its instructions.
    pub instructions: Vec<(u8, Flat)>,
    /// Tables of its delegates.
    pub delegates: Vec<Flat>,
    /// Sizes of planned memory.
    pub arenas: Vec<u64>,
    /// Offset and size of its segments.
    pub segments: Vec<(u64, u64)>,
    /// Where constants begin in segment 0.
    pub constants: Vec<u64>,
    /// Key and segment of named data.
    pub named: Vec<(&'static str, u32)>,
    /// What the header says of the program's size, the base and the size of segments; true numbers if absent.
    pub header: Option<(u64, u64, u64)>,
}

impl ExecuTorch {
    /// An honest program: two planned tensors and a constant are added.
    #[must_use]
    pub fn honest() -> Self {
        Self {
            values: vec![
                (5, Self::tensor(&[2, 2], 0, Some((1, 0)))),
                (5, Self::tensor(&[2, 2], 1, None)),
                (5, Self::tensor(&[2, 2], 0, Some((1, 16)))),
            ],
            kernels: vec!["aten::add"],
            instructions: vec![(
                1,
                Flat::Table(vec![(0, Flat::I32(0)), (1, Flat::I32s(vec![0, 1, 2]))]),
            )],
            delegates: Vec::new(),
            arenas: vec![0, 32],
            segments: vec![(0, 16)],
            constants: vec![0, 0],
            named: Vec::new(),
            header: None,
        }
    }

    /// A tensor of floats: its shape, its constant and its place in planned memory.
    #[must_use]
    pub fn tensor(shape: &[i32], constant: u32, planned: Option<(u32, u32)>) -> Flat {
        let order = (0..u8::try_from(shape.len()).unwrap_or(u8::MAX)).collect();
        let mut fields = vec![
            (0, Flat::U8(6)),
            (2, Flat::I32s(shape.to_vec())),
            (3, Flat::Bytes(order)),
            (5, Flat::U32(constant)),
        ];
        fields.extend(planned.map(|(arena, offset)| {
            let place = vec![(0, Flat::U32(arena)), (1, Flat::U32(offset))];
            (6, Flat::Table(place))
        }));
        Flat::Table(fields)
    }

    /// The file.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let union = |(kind, table): &(u8, Flat)| {
            Flat::Table(vec![(0, Flat::U8(*kind)), (1, table.clone())])
        };
        let text = |text: &str| Flat::Text(text.to_owned());
        let kernels = self
            .kernels
            .iter()
            .map(|name| Flat::Table(vec![(0, text(name)), (1, text("out"))]))
            .collect();
        let chain = Flat::Table(vec![
            (0, Flat::I32s(vec![0])),
            (1, Flat::I32s(vec![2])),
            (
                2,
                Flat::Tables(self.instructions.iter().map(union).collect()),
            ),
        ]);
        let plan = Flat::Table(vec![
            (0, text("forward")),
            (2, Flat::Tables(self.values.iter().map(union).collect())),
            (3, Flat::I32s(vec![0])),
            (4, Flat::I32s(vec![2])),
            (5, Flat::Tables(vec![chain])),
            (6, Flat::Tables(kernels)),
            (7, Flat::Tables(self.delegates.clone())),
            (8, Flat::U64s(self.arenas.clone())),
        ]);
        let segments = self
            .segments
            .iter()
            .map(|(offset, size)| Flat::Table(vec![(0, Flat::U64(*offset)), (1, Flat::U64(*size))]))
            .collect();
        let named = self
            .named
            .iter()
            .map(|(key, segment)| Flat::Table(vec![(0, text(key)), (1, Flat::U32(*segment))]))
            .collect();
        let constants = vec![(0, Flat::U32(0)), (1, Flat::U64s(self.constants.clone()))];
        let root = [
            (1, Flat::Tables(vec![plan])),
            (4, Flat::Tables(segments)),
            (5, Flat::Table(constants)),
            (7, Flat::Tables(named)),
        ];
        let mut header = b"eh00\x20\0\0\0".to_vec();
        header.extend([0; 24]);
        let mut file = flat::file(*b"ET12", &root, &header);
        file.resize(file.len().next_multiple_of(16), 0);
        let size = file.len() as u64;
        let numbers = self.header.unwrap_or((size, size, 16));
        for (at, number) in [(16, numbers.0), (24, numbers.1), (32, numbers.2)] {
            file[at..at + 8].copy_from_slice(&number.to_le_bytes());
        }
        file.extend([0; 16]);
        file
    }
}

/// A PyTorch mobile program with one function, one tensor of four floats and its storage.
#[derive(Debug, Clone)]
pub struct TorchMobile {
    /// Kind and table of its values; 0 is the function, 1 the tensor.
    pub values: Vec<(u8, Flat)>,
    /// Length of its storage.
    pub storage: usize,
    /// Name and content of extra files.
    pub extra: Vec<(&'static str, &'static str)>,
}

impl TorchMobile {
    /// An honest program that adds its input to itself.
    #[must_use]
    pub fn honest() -> Self {
        Self {
            values: vec![
                (
                    16,
                    Self::function(&["aten::add"], &[(3, 0, 1), (0, 0, 0), (12, 0, 0)]),
                ),
                (5, Self::tensor(&[2, 2], &[2, 1], 0, 0)),
            ],
            storage: 16,
            extra: Vec::new(),
        }
    }

    /// A function with operators and instructions (code, second and first operand).
    #[must_use]
    pub fn function(operators: &[&str], code: &[(u8, u16, i32)]) -> Flat {
        let operators = operators
            .iter()
            .map(|name| Flat::Table(vec![(0, Flat::Text((*name).to_owned()))]))
            .collect();
        let code = code
            .iter()
            .flat_map(|(op, many, x)| {
                let mut row = vec![*op, 0];
                row.extend(many.to_le_bytes());
                row.extend(x.to_le_bytes());
                row
            })
            .collect();
        Flat::Table(vec![
            (0, Flat::Text("__torch__.M.forward".to_owned())),
            (1, Flat::Structs(code, 8)),
            (2, Flat::Tables(operators)),
            (3, Flat::I32s(vec![1])),
            (5, Flat::I32(2)),
        ])
    }

    /// A tensor of floats in a storage.
    #[must_use]
    pub fn tensor(shape: &[i32], strides: &[i32], storage: u32, offset: i32) -> Flat {
        Flat::Table(vec![
            (0, Flat::U32(storage)),
            (1, Flat::U8(6)),
            (2, Flat::I32(offset)),
            (3, Flat::I32s(shape.to_vec())),
            (4, Flat::I32s(strides.to_vec())),
        ])
    }

    /// The file.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let values = self
            .values
            .iter()
            .map(|(kind, table)| Flat::Table(vec![(0, Flat::U8(*kind)), (1, table.clone())]))
            .collect();
        let extra = self
            .extra
            .iter()
            .map(|(name, content)| {
                let text = |text: &str| Flat::Text(text.to_owned());
                Flat::Table(vec![(0, text(name)), (1, text(content))])
            })
            .collect();
        let storage = Flat::Table(vec![(0, Flat::Bytes(vec![0; self.storage]))]);
        let root = [
            (0, Flat::U32(9)),
            (1, Flat::Tables(extra)),
            (2, Flat::I32s(vec![0])),
            (3, Flat::U32(1)),
            (4, Flat::Tables(values)),
            (5, Flat::I32(1)),
            (6, Flat::Tables(vec![storage])),
        ];
        flat::file(*b"PTMF", &root, &[])
    }
}

/// MXNet parameters: arrays of floats, each with its stated shape and its data, and their names.
#[must_use]
pub fn mxnet_params(arrays: &[(&[i64], usize)], names: &[&str]) -> Vec<u8> {
    let mut file = Vec::new();
    for number in [0x112_u64, 0, arrays.len() as u64] {
        file.extend(number.to_le_bytes());
    }
    for (shape, held) in arrays {
        file.extend(0xf993_fac9_u32.to_le_bytes());
        file.extend(0_i32.to_le_bytes());
        file.extend(u32::try_from(shape.len()).unwrap_or(u32::MAX).to_le_bytes());
        shape
            .iter()
            .for_each(|each| file.extend(each.to_le_bytes()));
        for number in [1_i32, 0, 0] {
            file.extend(number.to_le_bytes());
        }
        file.resize(file.len() + held, 0);
    }
    file.extend((names.len() as u64).to_le_bytes());
    for name in names {
        file.extend((name.len() as u64).to_le_bytes());
        file.extend(name.bytes());
    }
    file
}

/// A GGML tensor: rank as stated, shape, type, name and the bytes it holds.
#[derive(Debug, Clone)]
pub struct GgmlTensor {
    /// The stated number of dimensions.
    pub rank: u32,
    /// Its dimensions.
    pub shape: Vec<u32>,
    /// Its type.
    pub kind: u32,
    /// The stated length of its name.
    pub name_length: u32,
    /// Bytes behind it.
    pub held: usize,
}

impl GgmlTensor {
    /// Two rows of four floats.
    #[must_use]
    pub fn honest() -> Self {
        Self {
            rank: 2,
            shape: vec![4, 2],
            kind: 0,
            name_length: 8,
            held: 32,
        }
    }
}

/// A file of LLaMA in one of the forms before GGUF: its magic number (with a version unless it is `ggml`), tokens
/// with their stated lengths, tensors.
#[must_use]
pub fn ggml(
    magic: u32,
    vocabulary: u32,
    tokens: &[(u32, &str)],
    tensors: &[GgmlTensor],
) -> Vec<u8> {
    const PLAIN: u32 = 0x6767_6d6c;
    const ALIGNED: u32 = 0x6767_6a74;
    const ADAPTER: u32 = 0x6767_6c61;
    let mut file = magic.to_le_bytes().to_vec();
    let mut put = |numbers: &[u32]| {
        numbers
            .iter()
            .for_each(|each| file.extend(each.to_le_bytes()))
    };
    if magic != PLAIN {
        put(&[1]);
    }
    if magic == ADAPTER {
        put(&[8, 16]);
    } else {
        put(&[vocabulary, 4, 256, 2, 1, 2, 0]);
        for (length, text) in tokens {
            file.extend(length.to_le_bytes());
            file.extend(text.bytes());
            if magic != PLAIN {
                file.extend([0; 4]);
            }
        }
    }
    for tensor in tensors {
        for number in [tensor.rank, tensor.name_length, tensor.kind] {
            file.extend(number.to_le_bytes());
        }
        tensor
            .shape
            .iter()
            .for_each(|each| file.extend(each.to_le_bytes()));
        file.extend(b"w.weight");
        if magic == ALIGNED || magic == ADAPTER {
            file.resize(file.len().next_multiple_of(32), 0);
        }
        file.resize(file.len() + tensor.held, 1);
    }
    file
}

/// A TensorRT plan with something in its body.
#[must_use]
pub fn tensorrt(body: &[u8]) -> Vec<u8> {
    let mut file = b"ftrt\0\0\0\0\x01\0\0\0".to_vec();
    file.resize(24, 0);
    file.extend([10, 8, 0, 43]);
    file.resize(64, 0);
    file.extend((0..512_u16).flat_map(u16::to_le_bytes));
    file.extend_from_slice(body);
    file.extend([0; 64]);
    file
}

/// The first bytes of an ELF file for a machine: 62 is x86-64, 190 is CUDA.
#[must_use]
pub fn elf_head(machine: u16) -> Vec<u8> {
    let mut head = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0".to_vec();
    head.extend(machine.to_le_bytes());
    head.resize(64, 0);
    head
}

/// A program with a zip of empty members behind it.
#[must_use]
pub fn llamafile(members: &[&str]) -> Vec<u8> {
    let mut file = b"MZqFpD='\n\n".to_vec();
    file.resize(512, 0);
    let mut directory = Vec::new();
    for name in members {
        let at = u32::try_from(file.len()).unwrap_or(u32::MAX);
        let length = u16::try_from(name.len()).unwrap_or(u16::MAX);
        file.extend(b"PK\x03\x04\x14\0");
        file.extend([0; 20]);
        file.extend(length.to_le_bytes());
        file.extend([0; 2]);
        file.extend(name.bytes());
        directory.extend(b"PK\x01\x02\x14\0\x14\0");
        directory.extend([0; 20]);
        directory.extend(length.to_le_bytes());
        directory.extend([0; 12]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.bytes());
    }
    let start = u32::try_from(file.len()).unwrap_or(u32::MAX);
    let size = u32::try_from(directory.len()).unwrap_or(u32::MAX);
    let count = u16::try_from(members.len()).unwrap_or(u16::MAX);
    file.extend(directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend(count.to_le_bytes());
    file.extend(count.to_le_bytes());
    file.extend(size.to_le_bytes());
    file.extend(start.to_le_bytes());
    file.extend([0; 2]);
    file
}
