//! The shape of a decision tree stored as arrays: whether a walk from its root stays inside and ends.
//!
//! Predictors follow child indices without checks; one that points outside reads foreign memory, and one that points
//! backwards never ends.

/// Where a child index leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Child {
    /// A leaf that exists.
    Leaf,
    /// Another node.
    Node(usize),
    /// Nowhere.
    Outside,
}

/// What is wrong with a tree, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// A child index points outside the node table; the node that holds it.
    Outside(usize),
    /// A node is reached twice, so that walks never end or share nodes.
    Shared(usize),
}

/// Walks a tree of `nodes` nodes from its root; `child(node, side)` tells where a child index leads. `seen` is told
/// every inner node that is reached.
pub(crate) fn walk(
    nodes: usize,
    child: &dyn Fn(usize, bool) -> Child,
    seen: &mut dyn FnMut(usize),
) -> Option<Flaw> {
    let mut reached = vec![false; nodes];
    let mut open = vec![0_usize];
    while let Some(node) = open.pop() {
        match reached.get_mut(node) {
            Some(flag) if !*flag => *flag = true,
            Some(_) => return Some(Flaw::Shared(node)),
            None => return Some(Flaw::Outside(node)),
        }
        let mut is_inner = false;
        for side in [false, true] {
            match child(node, side) {
                Child::Leaf => {}
                Child::Node(next) => {
                    is_inner = true;
                    open.push(next);
                }
                Child::Outside => return Some(Flaw::Outside(node)),
            }
        }
        if is_inner {
            seen(node);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(children: &[[i32; 2]], expected: Option<Flaw>) {
        let child = |node: usize, side: bool| match children[node][usize::from(side)] {
            -1 => Child::Leaf,
            next => usize::try_from(next)
                .ok()
                .filter(|next| *next < children.len())
                .map_or(Child::Outside, Child::Node),
        };
        assert_eq!(walk(children.len(), &child, &mut |_| {}), expected);
    }

    #[test]
    fn walks_end_inside_or_are_flawed() {
        check(&[[1, 2], [-1, -1], [-1, -1]], None);
        check(&[[1, 2], [0, -1], [-1, -1]], Some(Flaw::Shared(0)));
        check(&[[1, 9], [-1, -1]], Some(Flaw::Outside(0)));
        check(&[[1, -5], [-1, -1]], Some(Flaw::Outside(0)));
    }
}
