use proptest::prelude::*;

use super::*;

fn close(left: f64, right: f64, tolerance: f64) -> bool {
    (left - right).abs() <= tolerance * (1.0 + left.abs().max(right.abs()))
}

fn difference(left: &Matrix, right: &Matrix) -> f64 {
    let pairs = left.data().iter().zip(right.data());
    pairs.map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
}

fn rebuilt(svd: &Svd) -> Matrix {
    let mut scaled = svd.left.clone();
    for row in scaled.rows_mut() {
        row.iter_mut()
            .zip(&svd.values)
            .for_each(|(cell, value)| *cell *= value);
    }
    scaled.times_transposed(&svd.right)
}

#[test]
fn qr_gives_back_the_matrix_from_orthonormal_columns() {
    for (rows, columns) in [(1, 1), (7, 3), (3, 7), (40, 40)] {
        let matrix = Matrix::normal(rows, columns, &mut Random::new(1));
        let Qr { q, r } = qr(&matrix);
        assert!(difference(&q.times(&r), &matrix) < 1e-12);
        let gram = q.transpose().times(&q);
        assert!(difference(&gram, &Matrix::identity(rows.min(columns))) < 1e-12);
    }
}

#[test]
fn svd_gives_back_the_matrix_with_falling_values() {
    for (rows, columns) in [(1, 5), (9, 4), (4, 9), (60, 60)] {
        let matrix = Matrix::normal(rows, columns, &mut Random::new(2));
        let svd = svd(&matrix);
        assert!(difference(&rebuilt(&svd), &matrix) < 1e-10);
        assert!(svd.values.windows(2).all(|pair| pair[0] >= pair[1]));
        for (one, other) in svd.values.iter().zip(singular_values(&matrix)) {
            assert!(close(*one, other, 1e-10));
        }
    }
}

#[test]
fn known_singular_values_are_found() {
    let matrix = Matrix::from_vec(2, 2, vec![3.0, 0.0, 4.0, 5.0]).expect("sizes agree");
    let values = singular_values(&matrix);
    assert!(close(values[0], 45_f64.sqrt(), 1e-12));
    assert!(close(values[1], 5_f64.sqrt(), 1e-12));
}

#[test]
fn a_rank_deficient_matrix_has_zeros_in_its_spectrum() {
    let mut random = Random::new(3);
    let b = Matrix::normal(30, 4, &mut random);
    let a = Matrix::normal(4, 50, &mut random);
    let full = singular_values(&b.times(&a));
    let low = low_rank_svd(&b, &a);
    assert_eq!(low.values.len(), 4);
    for (one, other) in low.values.iter().zip(&full) {
        assert!(close(*one, *other, 1e-10));
    }
    assert!(full[4] < 1e-10 * full[0]);
    assert!(difference(&rebuilt(&low), &b.times(&a)) < 1e-10);
}

#[test]
fn the_range_finder_sees_the_top_of_a_spectrum_with_noise() {
    let mut random = Random::new(4);
    let b = Matrix::normal(300, 5, &mut random);
    let a = Matrix::normal(5, 200, &mut random);
    let noise = Matrix::normal(300, 200, &mut random).scaled(0.1);
    let low = b.times(&a);
    let matrix = Matrix::from_fn(300, 200, |row, column| {
        low.get(row, column) + noise.get(row, column)
    });
    let exact = singular_values(&matrix);
    let data: Vec<f32> = matrix.data().iter().map(|&value| value as f32).collect();
    let source = InMemory::new(200, &data);
    let found = top_singular_values(
        source,
        Sketch {
            wanted: 8,
            ..Sketch::default()
        },
    );
    assert_eq!(found.len(), 8);
    for (one, other) in found.iter().zip(&exact).take(5) {
        assert!(close(*one, *other, 1e-4), "{one} {other}");
    }
    assert!(found[5] < 0.1 * found[4]);
    assert_eq!(
        found,
        top_singular_values(
            source,
            Sketch {
                wanted: 8,
                ..Sketch::default()
            }
        )
    );
}

#[test]
fn degenerate_input_is_survived() {
    assert_eq!(singular_values(&Matrix::zeros(0, 5)), Vec::<f64>::new());
    assert_eq!(singular_values(&Matrix::zeros(3, 2)), vec![0.0, 0.0]);
    assert_eq!(Matrix::zeros(usize::MAX, 2).rows(), 0);
    assert_eq!(Matrix::from_vec(2, 2, vec![1.0]), None);
    let broken =
        Matrix::from_vec(2, 2, vec![f64::NAN, 1.0, f64::INFINITY, 2.0]).expect("sizes agree");
    assert_eq!(svd(&broken).values.len(), 2);
    assert!(top_singular_values(InMemory::new(0, &[]), Sketch::default()).is_empty());
    assert!(close(dot(&[1.0, 2.0, 3.0], &[4.0, 5.0]), 14.0, 0.0));
    assert!(close(cosine(&[0.0], &[1.0]), 0.0, 0.0));
    assert!(close(
        correlation(&[1.0, 2.0, 3.0], &[3.0, 5.0, 7.0]),
        1.0,
        1e-12
    ));
}

proptest! {
    #[test]
    fn any_matrix_is_rebuilt(rows in 1_usize..8, columns in 1_usize..8,
                             data in proptest::collection::vec(-1e3_f64..1e3, 64)) {
        let matrix = Matrix::from_fn(rows, columns, |row, column| data[row.wrapping_mul(8).wrapping_add(column)]);
        prop_assert!(difference(&rebuilt(&svd(&matrix)), &matrix) < 1e-8);
    }
}
