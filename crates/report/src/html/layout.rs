//! Where cards and lines lie: a layered drawing from left to right, after Sugiyama, Tagawa and Toda (1981).
//!
//! Cards are put into columns so that lines lead rightwards, columns are ordered so that few lines cross, and
//! cards are moved beside their neighbours. Long lines get waypoints in the columns between, so that they pass
//! around cards. Knows no components; the same input gives the same coordinates.

/// The width of a card.
pub(super) const CARD_WIDTH: f64 = 190.0;
/// The height of a card.
pub(super) const CARD_HEIGHT: f64 = 50.0;
const COLUMN_GAP: f64 = 82.0;
const ROW_GAP: f64 = 16.0;
const WAYPOINT_HEIGHT: f64 = 6.0;
const MARGIN: f64 = 18.0;
const ORDERING_SWEEPS: usize = 12;
const PLACING_SWEEPS: usize = 24;

/// A line to lay out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) left: usize,
    pub(super) right: usize,
    /// Whether it is led around cards; the others may pass behind them.
    pub(super) is_led: bool,
}

/// A point of the drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// The finished layout.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    /// The upper left corner of each card.
    pub(super) cards: Vec<Point>,
    /// The points through which each line goes, from left to right, two for each column on its way.
    pub(super) lines: Vec<Vec<Point>>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Something that has a place in a column.
#[derive(Debug, Clone)]
struct Item {
    column: usize,
    height: f64,
    /// The middle.
    y: f64,
    left: Vec<usize>,
    right: Vec<usize>,
}

/// Lays out cards, given by the column each prefers when no line says otherwise.
pub(super) fn layout(preferred: &[usize], links: &[Link]) -> Layout {
    let columns = columns(preferred, links);
    let mut items: Vec<Item> = columns
        .iter()
        .map(|column| Item::new(*column, CARD_HEIGHT))
        .collect();
    let paths: Vec<Vec<usize>> = links.iter().map(|link| path(&mut items, *link)).collect();
    for path in &paths {
        for pair in path.windows(2) {
            items[pair[0]].right.push(pair[1]);
            items[pair[1]].left.push(pair[0]);
        }
    }
    let mut layers = vec![Vec::new(); items.iter().map(|item| item.column + 1).max().unwrap_or(0)];
    for (index, item) in items.iter().enumerate() {
        layers[item.column].push(index);
    }
    order(&items, &mut layers);
    place(&mut items, &layers);
    finish(preferred.len(), &items, links, &paths)
}

impl Item {
    const fn new(column: usize, height: f64) -> Self {
        Self {
            column,
            height,
            y: 0.0,
            left: Vec::new(),
            right: Vec::new(),
        }
    }
}

/// The column of every card: one right of the rightmost card on its left.
fn columns(preferred: &[usize], links: &[Link]) -> Vec<usize> {
    let ahead = without_cycles(preferred.len(), links);
    let mut columns = vec![0; preferred.len()];
    let mut waiting = vec![0; preferred.len()];
    for (_, right) in &ahead {
        waiting[*right] += 1;
    }
    let mut ready: Vec<usize> = (0..preferred.len())
        .filter(|card| waiting[*card] == 0)
        .collect();
    while let Some(card) = ready.pop() {
        for (_, right) in ahead.iter().filter(|(left, _)| *left == card) {
            columns[*right] = columns[*right].max(columns[card] + 1);
            waiting[*right] -= 1;
            if waiting[*right] == 0 {
                ready.push(*right);
            }
        }
    }
    pull_sources(&mut columns, &ahead);
    settle_loners(&mut columns, preferred, &ahead);
    without_gaps(columns)
}

/// The pairs that lead rightwards: lines that close a cycle are left out.
fn without_cycles(cards: usize, links: &[Link]) -> Vec<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        Open,
        Done,
    }
    let mut pairs: Vec<(usize, usize)> = links.iter().map(|link| (link.left, link.right)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let mut rights = vec![Vec::new(); cards];
    for (left, right) in pairs {
        rights[left].push(right);
    }
    let mut seen = vec![Seen::No; cards];
    let mut ahead = Vec::new();
    for start in 0..cards {
        let mut stack = vec![(start, 0)];
        while let Some((card, next)) = stack.pop() {
            if next == 0 {
                if seen[card] != Seen::No {
                    continue;
                }
                seen[card] = Seen::Open;
            }
            let Some(right) = rights[card].get(next).copied() else {
                seen[card] = Seen::Done;
                continue;
            };
            stack.push((card, next + 1));
            if seen[right] != Seen::Open {
                ahead.push((card, right));
                if seen[right] == Seen::No {
                    stack.push((right, 0));
                }
            }
        }
    }
    ahead
}

/// Moves cards with nothing on their left beside what is built from them.
fn pull_sources(columns: &mut [usize], ahead: &[(usize, usize)]) {
    for card in 0..columns.len() {
        let is_source = !ahead.iter().any(|(_, right)| *right == card);
        let nearest = ahead
            .iter()
            .filter(|(left, _)| *left == card)
            .map(|(_, right)| columns[*right])
            .min();
        if let (true, Some(nearest)) = (is_source, nearest) {
            columns[card] = nearest.saturating_sub(1);
        }
    }
}

/// Puts cards without any line into the column they prefer.
fn settle_loners(columns: &mut [usize], preferred: &[usize], ahead: &[(usize, usize)]) {
    let last = if ahead.is_empty() {
        usize::MAX
    } else {
        columns.iter().copied().max().unwrap_or(0)
    };
    for card in 0..columns.len() {
        let is_alone = !ahead
            .iter()
            .any(|(left, right)| *left == card || *right == card);
        if is_alone {
            columns[card] = preferred[card].min(last);
        }
    }
}

fn without_gaps(columns: Vec<usize>) -> Vec<usize> {
    let mut used = columns.clone();
    used.sort_unstable();
    used.dedup();
    columns
        .into_iter()
        .map(|column| used.binary_search(&column).unwrap_or(0))
        .collect()
}

/// The items that a line goes through; waypoints are added for the columns between.
fn path(items: &mut Vec<Item>, link: Link) -> Vec<usize> {
    let (from, to) = (items[link.left].column, items[link.right].column);
    let mut path = vec![link.left];
    if link.is_led {
        for column in from + 1..to {
            path.push(items.len());
            items.push(Item::new(column, WAYPOINT_HEIGHT));
        }
    }
    path.push(link.right);
    path
}

/// Sorts every column by the mean position of the neighbours, sweeping back and forth.
fn order(items: &[Item], layers: &mut [Vec<usize>]) {
    let mut position = vec![0.0; items.len()];
    let settle = |layer: &[usize], position: &mut [f64]| {
        for (index, item) in layer.iter().enumerate() {
            position[*item] = (index as f64 + 0.5) / layer.len() as f64;
        }
    };
    for layer in layers.iter() {
        settle(layer, &mut position);
    }
    for sweep in 0..ORDERING_SWEEPS {
        let rightwards = sweep % 2 == 0;
        for step in 0..layers.len() {
            let column = if rightwards {
                step
            } else {
                layers.len() - 1 - step
            };
            let wish = |item: usize| {
                let neighbours = if rightwards {
                    &items[item].left
                } else {
                    &items[item].right
                };
                mean(neighbours.iter().map(|neighbour| position[*neighbour]))
                    .unwrap_or(position[item])
            };
            let mut wishes: Vec<(usize, f64)> = layers[column]
                .iter()
                .map(|item| (*item, wish(*item)))
                .collect();
            wishes.sort_by(|a, b| a.1.total_cmp(&b.1));
            layers[column] = wishes.into_iter().map(|(item, _)| item).collect();
            settle(&layers[column], &mut position);
        }
    }
}

/// Moves items towards the mean of their neighbours as far as order and distance allow.
fn place(items: &mut [Item], layers: &[Vec<usize>]) {
    for layer in layers {
        let mut y = 0.0;
        for item in layer {
            items[*item].y = y + items[*item].height / 2.0;
            y += items[*item].height + ROW_GAP;
        }
        for item in layer {
            items[*item].y -= y / 2.0;
        }
    }
    for sweep in 0..PLACING_SWEEPS {
        for step in 0..layers.len() {
            let layer = if sweep % 2 == 0 {
                &layers[step]
            } else {
                &layers[layers.len() - 1 - step]
            };
            let wishes: Vec<f64> = layer.iter().map(|item| wish(items, *item)).collect();
            for (item, y) in layer.iter().zip(spread(items, layer, &wishes)) {
                items[*item].y = y;
            }
        }
    }
}

fn wish(items: &[Item], item: usize) -> f64 {
    let neighbours = items[item].left.iter().chain(&items[item].right);
    mean(neighbours.map(|neighbour| items[*neighbour].y)).unwrap_or(items[item].y)
}

/// Positions near the wishes that keep order and distance: the middle between pushing everything down and
/// pushing everything up, both of which keep them, so their middle does.
fn spread(items: &[Item], layer: &[usize], wishes: &[f64]) -> Vec<f64> {
    let apart = |a: usize, b: usize| (items[a].height + items[b].height) / 2.0 + ROW_GAP;
    let mut down = wishes.to_vec();
    for index in 1..layer.len() {
        down[index] = down[index].max(down[index - 1] + apart(layer[index - 1], layer[index]));
    }
    let mut up = wishes.to_vec();
    for index in (1..layer.len()).rev() {
        up[index - 1] = up[index - 1].min(up[index] - apart(layer[index - 1], layer[index]));
    }
    down.iter()
        .zip(&up)
        .map(|(down, up)| (down + up) / 2.0)
        .collect()
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

fn finish(cards: usize, items: &[Item], links: &[Link], paths: &[Vec<usize>]) -> Layout {
    let top = items
        .iter()
        .map(|item| item.y - item.height / 2.0)
        .fold(f64::INFINITY, f64::min);
    let bottom = items
        .iter()
        .map(|item| item.y + item.height / 2.0)
        .fold(f64::NEG_INFINITY, f64::max);
    let shift = MARGIN - top;
    let x_of = |item: &Item| MARGIN + item.column as f64 * (CARD_WIDTH + COLUMN_GAP);
    let columns = items.iter().map(|item| item.column + 1).max().unwrap_or(0);
    let ports = Ports::of(items, paths);
    let lines = links
        .iter()
        .zip(paths)
        .enumerate()
        .map(|(line, (_, path))| {
            let last = path.len() - 1;
            let mut points = Vec::with_capacity(path.len() * 2);
            for (index, item) in path.iter().enumerate() {
                let y = items[*item].y + shift;
                let x = x_of(&items[*item]);
                if index > 0 {
                    let offset = if index == last {
                        ports.entry[line]
                    } else {
                        0.0
                    };
                    points.push(Point { x, y: y + offset });
                }
                if index < last {
                    let offset = if index == 0 { ports.exit[line] } else { 0.0 };
                    points.push(Point {
                        x: x + CARD_WIDTH,
                        y: y + offset,
                    });
                }
            }
            points
        })
        .collect();
    Layout {
        cards: items
            .iter()
            .take(cards)
            .map(|item| Point {
                x: x_of(item),
                y: item.y - item.height / 2.0 + shift,
            })
            .collect(),
        lines,
        width: 2.0 * MARGIN + columns as f64 * (CARD_WIDTH + COLUMN_GAP) - COLUMN_GAP,
        height: bottom - top + 2.0 * MARGIN,
    }
}

/// How far from the middle of a card each line leaves and enters, so that lines do not share a point.
struct Ports {
    exit: Vec<f64>,
    entry: Vec<f64>,
}

impl Ports {
    fn of(items: &[Item], paths: &[Vec<usize>]) -> Self {
        let mut ports = Self {
            exit: vec![0.0; paths.len()],
            entry: vec![0.0; paths.len()],
        };
        for card in 0..items.len() {
            let leaving = paths.iter().enumerate().filter(|(_, path)| path[0] == card);
            let exits = leaving
                .map(|(line, path)| (line, items[path[1]].y))
                .collect();
            share(exits, &mut ports.exit);
            let entering = paths
                .iter()
                .enumerate()
                .filter(|(_, path)| path.last() == Some(&card));
            let entries = entering
                .map(|(line, path)| (line, items[path[path.len() - 2]].y))
                .collect();
            share(entries, &mut ports.entry);
        }
        ports
    }
}

/// Gives the lines at one side of a card their offsets, ordered by where they lead.
fn share(mut lines: Vec<(usize, f64)>, offsets: &mut [f64]) {
    lines.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    let room = CARD_HEIGHT - 16.0;
    let step = (room / lines.len().max(1) as f64).min(9.0);
    let middle = (lines.len().max(1) - 1) as f64 / 2.0;
    for (index, (line, _)) in lines.iter().enumerate() {
        offsets[*line] = (index as f64 - middle) * step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(left: usize, right: usize) -> Link {
        Link {
            left,
            right,
            is_led: true,
        }
    }

    fn overlaps(layout: &Layout) -> bool {
        layout.cards.iter().enumerate().any(|(index, a)| {
            layout
                .cards
                .iter()
                .skip(index + 1)
                .any(|b| (a.x - b.x).abs() < CARD_WIDTH && (a.y - b.y).abs() < CARD_HEIGHT)
        })
    }

    #[test]
    fn lines_lead_rightwards_and_cards_keep_apart() {
        let links = [
            link(0, 1),
            link(0, 2),
            link(1, 3),
            link(2, 3),
            link(0, 3),
            link(4, 3),
        ];
        let layout = layout(&[0; 5], &links);
        assert!(!overlaps(&layout));
        for (link, points) in links.iter().zip(&layout.lines) {
            assert!(layout.cards[link.left].x < layout.cards[link.right].x);
            assert!(points.windows(2).all(|pair| pair[0].x <= pair[1].x));
        }
        assert_eq!(layout.lines[4].len(), 4, "a long line has a waypoint");
        assert_eq!(layout.cards[4].x, layout.cards[1].x, "sources stand near");
    }

    #[test]
    fn cycles_and_loners_are_laid_out_too() {
        let layout = layout(&[0, 0, 0, 3], &[link(0, 1), link(1, 2), link(2, 0)]);
        assert!(!overlaps(&layout));
        assert!(
            layout
                .cards
                .iter()
                .all(|card| card.x >= 0.0 && card.y >= 0.0)
        );
        assert!(layout.width > 3.0 * CARD_WIDTH);
        assert!(super::layout(&[], &[]).cards.is_empty());
    }

    #[test]
    fn crowded_columns_never_overlap() {
        let links: Vec<Link> = (1..40).map(|card| link(card % 7, 7 + card)).collect();
        assert!(!overlaps(&layout(&[0; 48], &links)));
    }
}
