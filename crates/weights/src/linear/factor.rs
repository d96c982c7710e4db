//! QR by Householder reflections and the singular value decomposition by one-sided Jacobi rotations.
//!
//! Jacobi is slower than bidiagonalisation for large matrices but short, and accurate also for small singular values.
//! See Golub and Van Loan, Matrix Computations, sections 5.2 and 8.6.3.

use super::matrix::add_scaled;
use super::{Matrix, dot, norm};

/// Sweeps over all pairs of columns; a dozen is plenty for any matrix of doubles.
const SWEEPS: u32 = 30;
/// Columns whose cosine is below this count as orthogonal.
const ORTHOGONAL: f64 = 1e-14;

/// `Q · R` of a matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Qr {
    /// Orthonormal columns: rows × min(rows, columns).
    pub q: Matrix,
    /// Upper triangular: min(rows, columns) × columns.
    pub r: Matrix,
}

/// The thin singular value decomposition `left · diag(values) · rightᵀ`.
#[derive(Debug, Clone, PartialEq)]
pub struct Svd {
    /// Orthonormal columns: rows × k. Columns of singular value zero are zero.
    pub left: Matrix,
    /// The singular values, largest first.
    pub values: Vec<f64>,
    /// Orthonormal columns: columns × k. Columns of singular value zero may be zero.
    pub right: Matrix,
}

/// Decomposes by Householder reflections.
#[must_use]
pub fn qr(matrix: &Matrix) -> Qr {
    let rows = matrix.rows();
    let rank = rows.min(matrix.columns());
    // Columns as rows: a reflection then works on contiguous memory.
    let mut work = matrix.transpose();
    let reflectors = reflect_all(&mut work, rank);
    Qr {
        q: basis(&reflectors, rows).transpose(),
        r: triangle(&work, rank),
    }
}

/// The upper triangle that reflections left in the columns that `work` holds as rows.
fn triangle(work: &Matrix, rank: usize) -> Matrix {
    let mut triangle = Matrix::zeros(rank, work.rows());
    for (row_index, row) in triangle.rows_mut().enumerate() {
        for (column, cell) in row.iter_mut().enumerate().skip(row_index) {
            *cell = work.get(column, row_index);
        }
    }
    triangle
}

/// An orthonormal basis of the rows of a matrix that is not higher than wide, as rows.
pub(super) fn orthonormal_rows(mut work: Matrix) -> Matrix {
    let (rank, length) = (work.rows().min(work.columns()), work.columns());
    basis(&reflect_all(&mut work, rank), length)
}

/// Makes the rows of `work` those of a lower triangular matrix; returns the reflections.
fn reflect_all(work: &mut Matrix, rank: usize) -> Vec<Vec<f64>> {
    let mut reflectors: Vec<Vec<f64>> = Vec::with_capacity(rank);
    for step in 0..rank {
        let reflector = reflector(work.row(step).get(step..).unwrap_or_default());
        for row in work.rows_mut().skip(step) {
            reflect(row.get_mut(step..).unwrap_or_default(), &reflector);
        }
        reflectors.push(reflector);
    }
    reflectors
}

/// What the reflections make of the first unit vectors, as rows.
fn basis(reflectors: &[Vec<f64>], length: usize) -> Matrix {
    let mut basis = Matrix::zeros(reflectors.len(), length);
    for (index, row) in basis.rows_mut().enumerate() {
        if let Some(cell) = row.get_mut(index) {
            *cell = 1.0;
        }
        // Later reflections leave the places alone that are not zero yet.
        let earlier = reflectors.iter().enumerate().take(index.saturating_add(1));
        for (step, reflector) in earlier.rev() {
            reflect(row.get_mut(step..).unwrap_or_default(), reflector);
        }
    }
    basis
}

/// The unit vector whose reflection maps `column` onto the first axis; zero if there is nothing to do.
fn reflector(column: &[f64]) -> Vec<f64> {
    let mut vector = column.to_vec();
    let length = norm(column);
    if let Some(first) = vector.first_mut() {
        *first += length.copysign(*first);
    }
    let scale = norm(&vector);
    if scale > 0.0 {
        vector.iter_mut().for_each(|value| *value /= scale);
    }
    vector
}

fn reflect(target: &mut [f64], reflector: &[f64]) {
    let along = dot(target, reflector);
    add_scaled(target, -2.0 * along, reflector);
}

/// The singular values, largest first.
#[must_use]
pub fn singular_values(matrix: &Matrix) -> Vec<f64> {
    // The orthonormal factor changes nothing about them; of a wide matrix the rows are taken for columns.
    let mut work = if matrix.rows() < matrix.columns() {
        matrix.clone()
    } else {
        matrix.transpose()
    };
    let rank = work.rows();
    reflect_all(&mut work, rank);
    let mut columns = triangle(&work, rank);
    jacobi(&mut columns, None);
    sorted(&columns)
        .into_iter()
        .map(|(value, _)| value)
        .collect()
}

/// The thin singular value decomposition.
#[must_use]
pub fn svd(matrix: &Matrix) -> Svd {
    if matrix.rows() < matrix.columns() {
        let Svd {
            left,
            values,
            right,
        } = svd(&matrix.transpose());
        return Svd {
            left: right,
            values,
            right: left,
        };
    }
    // Rotations J make the rows of R orthogonal: J·R = Σ·Vᵀ, so the matrix Q·R is (Q·Jᵀ)·Σ·Vᵀ.
    let (mut work, q) = square_columns(matrix);
    let mut turns = Matrix::identity(work.rows());
    jacobi(&mut work, Some(&mut turns));
    let order = sorted(&work);
    let values: Vec<f64> = order.iter().map(|&(value, _)| value).collect();
    let size = order.len();
    let mut left_turns = Matrix::zeros(size, size);
    let mut right = Matrix::zeros(size, work.columns());
    for (target, &(value, from)) in order.iter().enumerate() {
        if value > 0.0 {
            for (cell, x) in left_turns.row_mut(target).iter_mut().zip(turns.row(from)) {
                *cell = *x;
            }
            for (cell, x) in right.row_mut(target).iter_mut().zip(work.row(from)) {
                *cell = x / value;
            }
        }
    }
    Svd {
        left: q.times_transposed(&left_turns),
        values,
        right: right.transpose(),
    }
}

/// The decomposition of `b · a` without forming the product; `k` is the inner size.
#[must_use]
pub fn low_rank_svd(b: &Matrix, a: &Matrix) -> Svd {
    let outer = qr(b);
    let inner = qr(&a.transpose());
    let Svd {
        left,
        values,
        right,
    } = svd(&outer.r.times_transposed(&inner.r));
    Svd {
        left: outer.q.times(&left),
        values,
        right: inner.q.times(&right),
    }
}

/// The columns of Rᵀ as rows (that is R itself), for a matrix with Q·R, and Q; wide matrices are turned first.
fn square_columns(matrix: &Matrix) -> (Matrix, Matrix) {
    let Qr { q, r } = if matrix.rows() < matrix.columns() {
        qr(&matrix.transpose())
    } else {
        qr(matrix)
    };
    (r, q)
}

/// Rotates the rows of `work` in pairs until all are orthogonal; does the same to `turns`.
fn jacobi(work: &mut Matrix, mut turns: Option<&mut Matrix>) {
    let count = work.rows();
    for _ in 0..SWEEPS {
        let mut norms: Vec<f64> = work.each_row().map(|row| dot(row, row)).collect();
        let largest = norms.iter().copied().fold(0.0, f64::max);
        if !largest.is_finite() {
            return;
        }
        let negligible = largest * f64::EPSILON * f64::EPSILON;
        let mut rotated = false;
        for low in 0..count {
            for high in low.saturating_add(1)..count {
                let (Some(&alpha), Some(&beta)) = (norms.get(low), norms.get(high)) else {
                    continue;
                };
                if alpha <= negligible || beta <= negligible {
                    continue;
                }
                let Some((first, second)) = work.two_rows_mut(low, high) else {
                    continue;
                };
                let gamma = dot(first, second);
                if gamma.abs() <= ORTHOGONAL * (alpha * beta).sqrt() {
                    continue;
                }
                rotated = true;
                let (cosine, sine) = rotation(alpha, beta, gamma);
                rotate(first, second, cosine, sine);
                let tangent = sine / cosine;
                for (index, norm) in [
                    (low, alpha - tangent * gamma),
                    (high, beta + tangent * gamma),
                ] {
                    if let Some(cell) = norms.get_mut(index) {
                        *cell = norm.max(0.0);
                    }
                }
                if let Some(turns) = turns.as_deref_mut()
                    && let Some((first, second)) = turns.two_rows_mut(low, high)
                {
                    rotate(first, second, cosine, sine);
                }
            }
        }
        if !rotated {
            return;
        }
    }
}

/// Cosine and sine of the rotation that makes two vectors orthogonal, from their squared norms and inner product.
fn rotation(alpha: f64, beta: f64, gamma: f64) -> (f64, f64) {
    let zeta = (beta - alpha) / (2.0 * gamma);
    let tangent = 1.0_f64.copysign(zeta) / (zeta.abs() + zeta.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    (cosine, cosine * tangent)
}

fn rotate(first: &mut [f64], second: &mut [f64], cosine: f64, sine: f64) {
    for (x, y) in first.iter_mut().zip(second) {
        let (old_x, old_y) = (*x, *y);
        *x = cosine * old_x - sine * old_y;
        *y = sine * old_x + cosine * old_y;
    }
}

/// Norm and number of each row, largest norm first.
fn sorted(work: &Matrix) -> Vec<(f64, usize)> {
    let mut order: Vec<(f64, usize)> = work
        .each_row()
        .enumerate()
        .map(|(index, row)| (norm(row), index))
        .collect();
    order.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    order
}
