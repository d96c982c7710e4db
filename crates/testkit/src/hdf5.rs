//! HDF5 files in the newer format (superblock 2, object headers 2, link messages), with valid checksums.
//!
//! Small and plain: attributes are fixed-length texts, datasets are contiguous, chunked without chunks, external or
//! virtual. h5py opens what is built here, as far as it is meant to be opened.

const UNDEFINED: [u8; 8] = [0xff; 8];

/// A group with attributes and links.
#[derive(Debug, Clone, Default)]
pub struct Group {
    attributes: Vec<(String, Vec<u8>)>,
    links: Vec<(String, Link)>,
}

/// What a name in a group leads to.
#[derive(Debug, Clone)]
enum Link {
    Group(Group),
    Dataset(Dataset),
    Root,
    Soft(String),
    External(String, String),
    User(u8, Vec<u8>),
}

/// A dataset.
#[derive(Debug, Clone)]
pub struct Dataset {
    element: Element,
    shape: Vec<u64>,
    data: Data,
}

/// What the elements are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// Little-endian `float32`.
    Float32,
    /// `uint8`.
    Byte,
}

/// Where the elements are.
#[derive(Debug, Clone)]
pub enum Data {
    /// In the file.
    Contiguous(Vec<u8>),
    /// At a place that is written as it is given: offset and length.
    At(u64, u64),
    /// Chunks of this shape, none of which exists.
    Chunked(Vec<u32>),
    /// Chunks of this shape in a version 1 tree, each with its first element along every dimension and its bytes as they
    /// are after the filters, which are told by their numbers.
    Chunks(Vec<u32>, Vec<u16>, Vec<(Vec<u64>, Vec<u8>)>),
    /// In other files.
    External(Vec<String>),
    /// In datasets of other files: file and path.
    Virtual(Vec<(String, String)>),
}

impl Dataset {
    /// A dataset of any form.
    #[must_use]
    pub fn new(element: Element, shape: &[u64], data: Data) -> Self {
        Self {
            element,
            shape: shape.to_vec(),
            data,
        }
    }

    /// Zeros of `float32`.
    #[must_use]
    pub fn zeros(shape: &[u64]) -> Self {
        let count = usize::try_from(shape.iter().product::<u64>()).unwrap_or(0);
        Self::new(
            Element::Float32,
            shape,
            Data::Contiguous(vec![0; count * 4]),
        )
    }
}

impl Group {
    /// Adds a text attribute, at most about 60 KB.
    #[must_use]
    pub fn attribute(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.attributes.push((name.to_owned(), value.into()));
        self
    }

    /// Adds a group.
    #[must_use]
    pub fn group(self, name: &str, group: Self) -> Self {
        self.link(name, Link::Group(group))
    }

    /// Adds a dataset.
    #[must_use]
    pub fn dataset(self, name: &str, dataset: Dataset) -> Self {
        self.link(name, Link::Dataset(dataset))
    }

    /// Adds a soft link.
    #[must_use]
    pub fn soft(self, name: &str, path: &str) -> Self {
        self.link(name, Link::Soft(path.to_owned()))
    }

    /// Adds an external link.
    #[must_use]
    pub fn external(self, name: &str, file: &str, path: &str) -> Self {
        self.link(name, Link::External(file.to_owned(), path.to_owned()))
    }

    /// Adds a hard link to the root.
    #[must_use]
    pub fn root(self, name: &str) -> Self {
        self.link(name, Link::Root)
    }

    /// Adds a link of a class that applications define.
    #[must_use]
    pub fn user_defined(self, name: &str, class: u8, value: &[u8]) -> Self {
        self.link(name, Link::User(class, value.to_vec()))
    }

    fn link(mut self, name: &str, link: Link) -> Self {
        self.links.push((name.to_owned(), link));
        self
    }

    /// The file with this group as its root.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let root = Writer::new(0).write(self).1;
        Writer::new(root).write(self).0
    }
}

struct Writer {
    bytes: Vec<u8>,
    root: u64,
}

impl Writer {
    fn new(root: u64) -> Self {
        Self {
            bytes: vec![0; 48],
            root,
        }
    }

    /// The bytes, and where the root lies.
    fn write(mut self, group: &Group) -> (Vec<u8>, u64) {
        let root = self.group(group);
        let mut superblock = b"\x89HDF\r\n\x1a\n\x02\x08\x08\x00".to_vec();
        superblock.extend([0; 8]);
        superblock.extend(UNDEFINED);
        superblock.extend((self.bytes.len() as u64).to_le_bytes());
        superblock.extend(root.to_le_bytes());
        superblock.extend(checksum(&superblock).to_le_bytes());
        self.bytes[..48].copy_from_slice(&superblock);
        (self.bytes, root)
    }

    fn place(&mut self, bytes: &[u8]) -> u64 {
        while !self.bytes.len().is_multiple_of(8) {
            self.bytes.push(0);
        }
        let address = self.bytes.len() as u64;
        self.bytes.extend(bytes);
        address
    }

    fn group(&mut self, group: &Group) -> u64 {
        let mut messages = vec![
            (2_u8, [&[0, 0][..], &UNDEFINED, &UNDEFINED].concat()),
            (10, vec![0, 0]),
        ];
        for (name, link) in &group.links {
            messages.push((6, self.link(name, link)));
        }
        messages.extend(
            group
                .attributes
                .iter()
                .map(|(name, value)| (12, attribute(name, value))),
        );
        self.header(&messages)
    }

    fn header(&mut self, messages: &[(u8, Vec<u8>)]) -> u64 {
        let mut body = Vec::new();
        for (kind, data) in messages {
            body.push(*kind);
            body.extend(
                u16::try_from(data.len())
                    .expect("a message of at most 64 KiB")
                    .to_le_bytes(),
            );
            body.push(0);
            body.extend(data);
        }
        let mut header = b"OHDR\x02\x02".to_vec();
        header.extend(
            u32::try_from(body.len())
                .expect("a small header")
                .to_le_bytes(),
        );
        header.extend(body);
        header.extend(checksum(&header).to_le_bytes());
        self.place(&header)
    }

    fn link(&mut self, name: &str, link: &Link) -> Vec<u8> {
        let (kind, info) = match link {
            Link::Group(group) => (0, self.group(group).to_le_bytes().to_vec()),
            Link::Dataset(dataset) => (0, self.dataset(dataset).to_le_bytes().to_vec()),
            Link::Root => (0, self.root.to_le_bytes().to_vec()),
            Link::Soft(path) => (1, sized(path.as_bytes())),
            Link::External(file, path) => (64, sized(format!("\0{file}\0{path}\0").as_bytes())),
            Link::User(class, value) => (*class, sized(value)),
        };
        // Version 1; a link type follows, and a name length of two bytes.
        let mut message = vec![1, 8 | 1, kind];
        message.extend(sized(name.as_bytes()));
        message.extend(info);
        message
    }

    fn dataset(&mut self, dataset: &Dataset) -> u64 {
        let mut messages = vec![
            (1, space(&dataset.shape)),
            (3, datatype(dataset.element)),
            (5, vec![3, 0x0a]),
        ];
        let layout = match &dataset.data {
            Data::Contiguous(bytes) => {
                let address = self.place(bytes);
                contiguous(address.to_le_bytes(), bytes.len() as u64)
            }
            Data::At(address, length) => contiguous(address.to_le_bytes(), *length),
            Data::External(files) => {
                messages.push((7, self.external(files)));
                contiguous(UNDEFINED, 0)
            }
            Data::Chunked(chunk) => chunked(chunk, UNDEFINED, dataset.element),
            Data::Chunks(chunk, filters, list) => {
                if !filters.is_empty() {
                    messages.push((11, pipeline(filters)));
                }
                let tree = self.tree(list);
                chunked(chunk, tree.to_le_bytes(), dataset.element)
            }
            Data::Virtual(sources) => {
                let heap = self.mapping(sources);
                [&[4, 3][..], &heap.to_le_bytes(), &1_u32.to_le_bytes()].concat()
            }
        };
        messages.push((8, layout));
        self.header(&messages)
    }

    /// A leaf of a version 1 tree with all chunks.
    fn tree(&mut self, list: &[(Vec<u64>, Vec<u8>)]) -> u64 {
        let mut node = b"TREE\x01\x00".to_vec();
        node.extend(u16::try_from(list.len()).expect("few chunks").to_le_bytes());
        node.extend([UNDEFINED, UNDEFINED].concat());
        for (firsts, bytes) in list {
            let address = self.place(bytes);
            node.extend(
                u32::try_from(bytes.len())
                    .expect("a small chunk")
                    .to_le_bytes(),
            );
            node.extend([0; 4]);
            node.extend(
                firsts
                    .iter()
                    .chain(&[0])
                    .flat_map(|each| each.to_le_bytes()),
            );
            node.extend(address.to_le_bytes());
        }
        let rank = list.first().map_or(1, |(firsts, _)| firsts.len());
        node.resize(node.len() + 16 + 8 * rank, 0);
        self.place(&node)
    }

    /// An external data files message, with its names in a local heap.
    fn external(&mut self, files: &[String]) -> Vec<u8> {
        let mut names = vec![0; 8];
        let mut slots = Vec::new();
        for file in files {
            slots.extend((names.len() as u64).to_le_bytes());
            slots.extend(0_u64.to_le_bytes());
            slots.extend(u64::MAX.to_le_bytes());
            names.extend(file.as_bytes());
            names.push(0);
            names.resize(names.len().next_multiple_of(8), 0);
        }
        let data = self.place(&names);
        let mut heap = b"HEAP\0\0\0\0".to_vec();
        heap.extend((names.len() as u64).to_le_bytes());
        heap.extend(1_u64.to_le_bytes());
        heap.extend(data.to_le_bytes());
        let heap = self.place(&heap);
        let count = u16::try_from(files.len()).expect("few files").to_le_bytes();
        [
            &[1, 0, 0, 0][..],
            &count,
            &count,
            &heap.to_le_bytes(),
            &slots,
        ]
        .concat()
    }

    /// The mapping of a virtual dataset, in a global heap collection.
    fn mapping(&mut self, sources: &[(String, String)]) -> u64 {
        let mut block = vec![0];
        block.extend((sources.len() as u64).to_le_bytes());
        for (file, path) in sources {
            block.extend(format!("{file}\0{path}\0").as_bytes());
            for _ in 0..2 {
                block.extend([3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            }
        }
        block.extend(checksum(&block).to_le_bytes());
        let mut heap = b"GCOL\x01\0\0\0".to_vec();
        heap.extend(4096_u64.to_le_bytes());
        heap.extend([1, 0, 1, 0, 0, 0, 0, 0]);
        heap.extend((block.len() as u64).to_le_bytes());
        heap.extend(&block);
        heap.resize(heap.len().next_multiple_of(8), 0);
        let free = 4096 - heap.len() as u64;
        heap.extend([0; 8]);
        heap.extend(free.to_le_bytes());
        heap.resize(4096, 0);
        self.place(&heap)
    }
}

impl Element {
    const fn size(self) -> u32 {
        match self {
            Self::Float32 => 4,
            Self::Byte => 1,
        }
    }
}

fn sized(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).expect("a short text");
    [&length.to_le_bytes()[..], content].concat()
}

fn space(shape: &[u64]) -> Vec<u8> {
    let rank = u8::try_from(shape.len()).expect("few dimensions");
    let mut space = vec![2, rank, 0, u8::from(rank > 0)];
    space.extend(shape.iter().flat_map(|each| each.to_le_bytes()));
    space
}

fn datatype(element: Element) -> Vec<u8> {
    match element {
        Element::Float32 => vec![
            0x11, 0x20, 0x1f, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0,
        ],
        Element::Byte => vec![0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0],
    }
}

fn chunked(chunk: &[u32], tree: [u8; 8], element: Element) -> Vec<u8> {
    let rank = u8::try_from(chunk.len() + 1).expect("few dimensions");
    let mut layout = vec![3, 2, rank];
    layout.extend(tree);
    layout.extend(chunk.iter().flat_map(|each| each.to_le_bytes()));
    layout.extend(element.size().to_le_bytes());
    layout
}

/// A filter pipeline message of version 2; shuffle is told the size of an element.
fn pipeline(filters: &[u16]) -> Vec<u8> {
    let mut message = vec![2, u8::try_from(filters.len()).expect("few filters")];
    for filter in filters {
        message.extend(filter.to_le_bytes());
        if *filter >= 256 {
            message.extend([0, 0]);
        }
        let values: &[u32] = if *filter == 2 { &[4] } else { &[] };
        message.extend([0, 0]);
        message.extend(u16::try_from(values.len()).expect("few").to_le_bytes());
        message.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    }
    message
}

fn contiguous(address: [u8; 8], length: u64) -> Vec<u8> {
    [&[3, 1][..], &address, &length.to_le_bytes()].concat()
}

fn attribute(name: &str, value: &[u8]) -> Vec<u8> {
    let length = u32::try_from(value.len().max(1)).expect("a small value");
    let mut message = vec![3, 0];
    message.extend(
        u16::try_from(name.len() + 1)
            .expect("a short name")
            .to_le_bytes(),
    );
    message.extend([8, 0, 4, 0, 0]);
    message.extend(name.as_bytes());
    message.push(0);
    message.extend([0x13, 0, 0, 0]);
    message.extend(length.to_le_bytes());
    message.extend([2, 0, 0, 0]);
    message.extend(value);
    if value.is_empty() {
        message.push(0);
    }
    message
}

/// Bob Jenkins' `lookup3` hash, which the format uses as its checksum.
fn checksum(bytes: &[u8]) -> u32 {
    let start = 0xdead_beef_u32.wrapping_add(u32::try_from(bytes.len()).unwrap_or(0));
    let (mut a, mut b, mut c) = (start, start, start);
    let word = |bytes: &[u8], at: usize| {
        (0..4).fold(0_u32, |word, index| {
            word | u32::from(bytes.get(at + index).copied().unwrap_or(0)) << (8 * index)
        })
    };
    let mut rest = bytes;
    while rest.len() > 12 {
        a = a.wrapping_add(word(rest, 0));
        b = b.wrapping_add(word(rest, 4));
        c = c.wrapping_add(word(rest, 8));
        a = a.wrapping_sub(c) ^ c.rotate_left(4);
        c = c.wrapping_add(b);
        b = b.wrapping_sub(a) ^ a.rotate_left(6);
        a = a.wrapping_add(c);
        c = c.wrapping_sub(b) ^ b.rotate_left(8);
        b = b.wrapping_add(a);
        a = a.wrapping_sub(c) ^ c.rotate_left(16);
        c = c.wrapping_add(b);
        b = b.wrapping_sub(a) ^ a.rotate_left(19);
        a = a.wrapping_add(c);
        c = c.wrapping_sub(b) ^ b.rotate_left(4);
        b = b.wrapping_add(a);
        rest = &rest[12..];
    }
    if rest.is_empty() {
        return c;
    }
    a = a.wrapping_add(word(rest, 0));
    b = b.wrapping_add(word(rest, 4));
    c = c.wrapping_add(word(rest, 8));
    c = (c ^ b).wrapping_sub(b.rotate_left(14));
    a = (a ^ c).wrapping_sub(c.rotate_left(11));
    b = (b ^ a).wrapping_sub(a.rotate_left(25));
    c = (c ^ b).wrapping_sub(b.rotate_left(16));
    a = (a ^ c).wrapping_sub(c.rotate_left(4));
    b = (b ^ a).wrapping_sub(a.rotate_left(14));
    (c ^ b).wrapping_sub(b.rotate_left(24))
}
