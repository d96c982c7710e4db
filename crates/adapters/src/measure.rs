//! Numbers out of tensors: whether values are sound, and how strong the change of a module is.
//!
//! Norms of products are taken from small Gram matrices, so that no matrix of the base's size is ever formed. What is
//! too large to hold, or too costly, stays unmeasured.

use std::ops::ControlFlow;

use chainwright_core::budget::Budget;
use chainwright_weights::linear::Matrix;
use chainwright_weights::{Tensor, decode};

use crate::facts::Spectrum;
use crate::kind::Role;
use crate::spectrum;

/// Values of one factor that are held at once; as `f64` they take 64 MiB.
const LARGEST_FACTOR: usize = 8 * 1024 * 1024;
/// Multiplications that LoHa's norm may cost for one module.
const MOST_WORK: u64 = 400_000_000;
/// The largest half-precision number.
const HALF_MAX: f32 = 65504.0;

/// What the values of one tensor are like.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Soundness {
    /// How many are not finite.
    pub(crate) not_finite: u64,
    /// Whether one is beyond half precision.
    pub(crate) is_huge: bool,
    /// Whether all are zero.
    pub(crate) is_zero: bool,
    /// Whether all were read.
    pub(crate) is_complete: bool,
}

/// Looks at every value of a tensor.
pub(crate) fn soundness(tensor: &Tensor, budget: &Budget) -> Soundness {
    let mut sound = Soundness {
        is_zero: true,
        is_complete: true,
        ..Soundness::default()
    };
    let mut is_in_time = true;
    let read = decode::blocks_while(tensor, &mut |values, _| {
        let mut largest = 0.0_f32;
        for value in values {
            if value.is_finite() {
                largest = largest.max(value.abs());
            } else {
                sound.not_finite = sound.not_finite.saturating_add(1);
            }
        }
        sound.is_huge |= largest > HALF_MAX;
        sound.is_zero &= largest == 0.0 && sound.not_finite == 0;
        if budget.check_time().is_err() {
            is_in_time = false;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    sound.is_complete = read.is_ok() && is_in_time;
    sound
}

/// The tensors of one module, by their roles.
#[derive(Debug, Clone, Default)]
pub(crate) struct Factors<'a> {
    pub(crate) down: Option<&'a Tensor>,
    pub(crate) up: Option<&'a Tensor>,
    pub(crate) middle: bool,
    pub(crate) diagonal: Option<&'a Tensor>,
    pub(crate) alpha: Option<f64>,
    pub(crate) hadamard: [Option<&'a Tensor>; 4],
    pub(crate) kronecker: [Option<&'a Tensor>; 6],
    /// Tensors of the module that are of no product.
    pub(crate) others: u32,
}

impl<'a> Factors<'a> {
    /// Takes a tensor in; false if its place was taken.
    pub(crate) fn take(&mut self, role: Role, tensor: &'a Tensor) -> bool {
        let place = match role {
            Role::Down => &mut self.down,
            Role::Up => &mut self.up,
            Role::Diagonal => &mut self.diagonal,
            Role::Hadamard(index) => match self.hadamard.get_mut(usize::from(index)) {
                Some(place) => place,
                None => return true,
            },
            Role::Kronecker(index) => match self.kronecker.get_mut(usize::from(index)) {
                Some(place) => place,
                None => return true,
            },
            Role::Middle => {
                self.middle = true;
                return true;
            }
            Role::Alpha => {
                let value = decode::all(tensor, 1).and_then(|values| values.first().copied());
                self.alpha = value.map(f64::from);
                return true;
            }
            Role::Indices | Role::TokenRows | Role::Prompt | Role::Other => {
                self.others = self.others.saturating_add(1);
                return true;
            }
        };
        let was_free = place.is_none();
        if was_free {
            *place = Some(tensor);
        }
        was_free
    }
}

/// The sizes of a change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub(crate) rank: u64,
    pub(crate) rows: u64,
    pub(crate) columns: u64,
    /// MLX stores both factors the other way round.
    pub(crate) is_turned: bool,
}

/// The first dimension and the product of the others; convolutions fold their kernel into the columns.
fn folded(shape: &[u64]) -> Option<(u64, u64)> {
    let (first, rest) = shape.split_first()?;
    if rest.is_empty() {
        return None;
    }
    let columns = rest
        .iter()
        .fold(1_u64, |product, size| product.saturating_mul(*size));
    (*first > 0 && columns > 0).then_some((*first, columns))
}

/// The sizes of `up · down`; `None` if they do not fit together.
pub(crate) fn sizes(down: &[u64], up: &[u64]) -> Option<Sizes> {
    let (rank, columns) = folded(down)?;
    let (rows, inner) = folded(up)?;
    if rank == inner {
        return Some(Sizes {
            rank,
            rows,
            columns,
            is_turned: false,
        });
    }
    // MLX: A is in × rank, B is rank × out.
    let is_flat = down.len() == 2 && up.len() == 2;
    (is_flat && columns == rows).then_some(Sizes {
        rank: columns,
        rows: inner,
        columns: rank,
        is_turned: true,
    })
}

fn matrix(tensor: &Tensor) -> Option<Matrix> {
    let (rows, columns) = folded(&tensor.shape)?;
    let (rows, columns) = (usize::try_from(rows).ok()?, usize::try_from(columns).ok()?);
    let values = decode::all(tensor, LARGEST_FACTOR)?;
    Matrix::from_f32(rows, columns, &values)
}

/// What a change measures.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Strength {
    pub(crate) norm: Option<f64>,
    pub(crate) spectrum: Option<Spectrum>,
}

/// The strength of LoRA's product, scale included.
pub(crate) fn product(factors: &Factors<'_>, sizes: Sizes, scale: f64) -> Strength {
    let (Some(down), Some(up)) = (factors.down.and_then(matrix), factors.up.and_then(matrix))
    else {
        return Strength::default();
    };
    let (mut down, up) = if sizes.is_turned {
        (down.transpose(), up.transpose())
    } else {
        (down, up)
    };
    if let Some(diagonal) = factors.diagonal {
        let Some(values) = decode::all(diagonal, LARGEST_FACTOR) else {
            return Strength::default();
        };
        for (row, value) in down.rows_mut().zip(values) {
            row.iter_mut().for_each(|cell| *cell *= f64::from(value));
        }
    }
    if factors.middle {
        return Strength::default();
    }
    let Some(norm) = spectrum::product_norm(&down, &up).map(|norm| norm * scale.abs()) else {
        return Strength::default();
    };
    Strength {
        norm: Some(norm).filter(|norm| norm.is_finite()),
        spectrum: spectrum::spectrum(&down, &up, scale),
    }
}

/// The sizes of LoHa's change.
pub(crate) fn hadamard_sizes(factors: &Factors<'_>) -> Option<Sizes> {
    let [Some(left), Some(right), Some(other_left), Some(other_right)] = factors.hadamard else {
        return None;
    };
    if factors.middle {
        return None;
    }
    let (rows, rank) = folded(&left.shape)?;
    let (inner, columns) = folded(&right.shape)?;
    let is_same = folded(&other_left.shape)?.0 == rows && folded(&other_right.shape)?.1 == columns;
    (rank == inner && is_same).then_some(Sizes {
        rank,
        rows,
        columns,
        is_turned: false,
    })
}

/// The norm of LoHa's change: two products, multiplied entry by entry, a row at a time.
pub(crate) fn hadamard(factors: &Factors<'_>, scale: f64, budget: &Budget) -> Option<f64> {
    let sizes = hadamard_sizes(factors)?;
    let work = sizes
        .rows
        .checked_mul(sizes.columns)?
        .checked_mul(sizes.rank)?;
    if work > MOST_WORK {
        return None;
    }
    let [left, right, other_left, other_right] = factors.hadamard.map(|each| each.and_then(matrix));
    let (left, right, other_left, other_right) = (left?, right?, other_left?, other_right?);
    let mut square = 0.0;
    for index in 0..left.rows() {
        if index.is_multiple_of(64) && budget.check_time().is_err() {
            return None;
        }
        let row = |factor: &Matrix, other: &Matrix| {
            Matrix::from_vec(1, factor.columns(), factor.row(index).to_vec())
                .map(|row| row.times(other))
        };
        let (one, two) = (row(&left, &right)?, row(&other_left, &other_right)?);
        let products = one.data().iter().zip(two.data()).map(|(x, y)| x * y);
        square += products.map(|value| value * value).sum::<f64>();
    }
    let norm = square.sqrt() * scale.abs();
    norm.is_finite().then_some(norm)
}

/// The sizes and the norm of LoKr's change, a Kronecker product: its norm is the product of the norms.
pub(crate) fn kronecker(factors: &Factors<'_>, scale: f64) -> Option<(Sizes, Option<f64>)> {
    let [first, first_a, first_b, second, second_a, second_b] = factors.kronecker;
    let one = half(first, first_a, first_b, false)?;
    let two = half(second, second_a, second_b, factors.middle)?;
    let sizes = Sizes {
        rank: one.rank.max(two.rank),
        rows: one.rows.saturating_mul(two.rows),
        columns: one.columns.saturating_mul(two.columns),
        is_turned: false,
    };
    let norm = match (one.norm, two.norm) {
        (Some(left), Some(right)) => Some(left * right * scale.abs()),
        _ => None,
    };
    Some((sizes, norm.filter(|norm| norm.is_finite())))
}

struct Half {
    rank: u64,
    rows: u64,
    columns: u64,
    norm: Option<f64>,
}

fn half(
    whole: Option<&Tensor>,
    left: Option<&Tensor>,
    right: Option<&Tensor>,
    has_core: bool,
) -> Option<Half> {
    match (whole, left, right) {
        (Some(whole), _, _) => {
            let (rows, columns) = folded(&whole.shape)?;
            let norm = matrix(whole).map(|matrix| matrix.frobenius());
            Some(Half {
                rank: 0,
                rows,
                columns,
                norm,
            })
        }
        (None, Some(left), Some(right)) => {
            let (rows, rank) = folded(&left.shape)?;
            let (_, columns) = folded(&right.shape)?;
            let norm = match (has_core, matrix(left), matrix(right)) {
                (false, Some(left), Some(right)) => spectrum::product_norm(&right, &left),
                _ => None,
            };
            Some(Half {
                rank,
                rows,
                columns,
                norm,
            })
        }
        _ => None,
    }
}
