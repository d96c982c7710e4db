//! Names of tiles, and the tree that they answer for.

use std::convert::Infallible;

use proptest::prelude::*;

use super::*;
use crate::tree::{self, Frontier};

#[test]
fn tiles_are_named_as_the_specification_says() {
    let tile = |level, index, width| Tile {
        level,
        index,
        width,
    };
    let cases = [
        (
            tile(Level::Hashes(0), 1_234_067, 256),
            "tile/0/x001/x234/067",
        ),
        (tile(Level::Hashes(0), 0, 256), "tile/0/000"),
        (tile(Level::Hashes(3), 5, 17), "tile/3/005.p/17"),
        (tile(Level::Entries, 999, 255), "tile/entries/999.p/255"),
        (tile(Level::Entries, 1000, 1), "tile/entries/x001/000.p/1"),
    ];
    for (tile, path) in cases {
        assert_eq!(tile.to_string(), path);
        assert_eq!(path.parse(), Ok(tile));
    }
    assert_eq!(tile(Level::Hashes(3), 5, 17).partials(), "tile/3/005.p");
    let wrong = [
        "tile",
        "tile/0",
        "tile/0/",
        "tile/00/000",
        "tile/64/000",
        "tile/x/000",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/+1",
        "tile/0/+00",
        "tile/0/../000",
        "/tile/0/000",
        "tile/0/000/",
        "tile/data/000",
        "tile/0/x184/x467/x440/x737/x095/x516/160",
    ];
    for path in wrong {
        assert_eq!(path.parse::<Tile>(), Err(TileError::Path), "{path}");
    }
}

#[test]
fn trees_have_the_tiles_of_the_examples() {
    let tile = |level, index, size| {
        Tile::in_tree(Level::Hashes(level), index, size).map(|tile| tile.width)
    };
    assert_eq!(tile(0, 272, 70_000), Some(256));
    assert_eq!(tile(0, 273, 70_000), Some(112));
    assert_eq!(tile(0, 274, 70_000), None);
    assert_eq!(
        (tile(1, 0, 70_000), tile(1, 1, 70_000)),
        (Some(256), Some(17))
    );
    assert_eq!((tile(2, 0, 70_000), tile(3, 0, 70_000)), (Some(1), None));
    assert_eq!(
        (tile(0, 0, 256), tile(1, 0, 256), tile(0, 1, 256)),
        (Some(256), Some(1), None)
    );
    assert_eq!(
        levels(256).collect::<Vec<_>>(),
        [Level::Hashes(0), Level::Hashes(1)]
    );
    assert_eq!(levels(0).count(), 0);
    assert_eq!(levels(u64::MAX >> 1).count(), 8);
}

/// A log in memory.
struct Shelf(BTreeMap<Tile, Vec<u8>>);

#[derive(Debug, PartialEq)]
enum Missing {
    Tile(Tile),
    Bad,
}

impl From<TileError> for Missing {
    fn from(_: TileError) -> Self {
        Self::Bad
    }
}

impl Fetch for Shelf {
    type Error = Missing;

    fn fetch(&self, tile: Tile) -> Result<Vec<u8>, Missing> {
        self.0.get(&tile).cloned().ok_or(Missing::Tile(tile))
    }
}

struct Numbers(Vec<Hash>);

impl tree::Nodes for Numbers {
    type Error = Infallible;

    fn node(&self, level: u8, index: u64) -> Result<Hash, Infallible> {
        let width = 1_usize << level;
        let start = usize::try_from(index).unwrap() * width;
        Ok(fold(self.0[start..start + width].to_vec()))
    }
}

/// Every tile of a tree, straight from the definition.
fn shelf(leaves: &Numbers, size: u64) -> Shelf {
    let mut tiles = BTreeMap::new();
    for level in levels(size) {
        let Level::Hashes(number) = level else {
            unreachable!()
        };
        for index in 0.. {
            let Some(tile) = Tile::in_tree(level, index, size) else {
                break;
            };
            let bytes = (0..u64::from(tile.width))
                .flat_map(|place| {
                    let Ok(hash) = tree::Nodes::node(leaves, number * 8, index * 256 + place);
                    hash.0
                })
                .collect();
            tiles.insert(tile, bytes);
        }
    }
    Shelf(tiles)
}

#[test]
fn tiles_answer_for_the_tree() {
    let leaves = Numbers(
        (0..1000_u32)
            .map(|number| Hash::of_leaf(&number.to_be_bytes()))
            .collect(),
    );
    for size in [1, 2, 255, 256, 257, 511, 512, 513, 700, 1000] {
        let shelf = shelf(&leaves, size);
        let tiles = Tiles::new(&shelf, size);
        let Ok(root) = tree::root(&leaves, size);
        assert_eq!(tree::root(&tiles, size), Ok(root));
        let Ok(frontier) = Frontier::load(&leaves, size);
        assert_eq!(Frontier::load(&tiles, size), Ok(frontier));
        for index in [0, 1, size / 2, size - 1] {
            let Ok(expected) = tree::prove_inclusion(&leaves, index, size);
            assert_eq!(tree::prove_inclusion(&tiles, index, size), Ok(expected));
            let Ok(expected) = tree::prove_consistency(&leaves, index, size);
            assert_eq!(tree::prove_consistency(&tiles, index, size), Ok(expected));
        }
        if size > 256 {
            let hashes = tiles
                .tile(Tile {
                    level: Level::Hashes(0),
                    index: 0,
                    width: 256,
                })
                .unwrap();
            let above = tiles
                .tile(Tile::in_tree(Level::Hashes(1), 0, size).unwrap())
                .unwrap();
            assert_eq!(over_full(&hashes), above.first().copied());
            assert_eq!(over_full(&hashes[1..]), None);
        }
    }
}

#[test]
fn missing_and_cut_tiles_are_told_apart() {
    let leaves = Numbers(
        (0..300_u32)
            .map(|number| Hash::of_leaf(&number.to_be_bytes()))
            .collect(),
    );
    let mut shelf = shelf(&leaves, 300);
    let last = Tile::in_tree(Level::Hashes(0), 1, 300).unwrap();
    shelf.0.get_mut(&last).unwrap().pop();
    assert_eq!(tree::root(&Tiles::new(&shelf, 300), 300), Err(Missing::Bad));
    shelf.0.remove(&last);
    assert_eq!(
        tree::root(&Tiles::new(&shelf, 300), 300),
        Err(Missing::Tile(last))
    );
}

proptest! {
    #[test]
    fn names_survive_being_written(level in prop::option::of(0_u8..64), index in any::<u64>(), width in 1_u16..=256) {
        let level = level.map_or(Level::Entries, Level::Hashes);
        let tile = Tile { level, index, width };
        prop_assert_eq!(tile.to_string().parse(), Ok(tile));
    }

    #[test]
    fn any_path_is_read_or_refused(path in "(tile/)?[0-9a-z./x]{0,30}") {
        if let Ok(tile) = path.parse::<Tile>() {
            prop_assert_eq!(tile.to_string(), path);
        }
    }
}
