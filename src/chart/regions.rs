//! From a grid of verdicts to areas: where does each verdict hold, and where are the borders?
//!
//! Each cell of the grid has four corners with a verdict each. Along the cell's sides a verdict changes at a
//! known point (found by bisection) or, where nobody looked closer, half way. The pieces between these points
//! belong to the corners they hold: two points cut the cell by a straight line, three or four meet in its
//! middle. Pieces of one verdict are then joined: a side that two pieces share runs once each way and vanishes,
//! and what is left are the outlines.

use std::collections::BTreeMap;

use super::map::Verdict;

/// A point in hundredths of a pixel: whole numbers, so that shared corners are equal.
pub(super) type Spot = (i64, i64);

/// A grid of verdicts, with the pixel of each grid line.
pub(super) struct Grid<'a> {
    pub xs: &'a [f64],
    pub ys: &'a [f64],
    /// A row for each of `ys`, in it a verdict for each of `xs`.
    pub verdicts: &'a [Vec<Verdict>],
    /// Points on the grid lines at which the verdict changes, in pixels.
    pub crossings: &'a [(f64, f64)],
}

/// All areas of one verdict: closed outlines, holes among them (to be filled by the even-odd rule).
pub(super) struct Area {
    pub verdict: Verdict,
    pub outlines: Vec<Vec<Spot>>,
}

/// The outlines of each verdict's areas, in the order of the verdicts.
pub(super) fn areas(grid: &Grid<'_>) -> Vec<Area> {
    let crossings = Crossings::new(grid);
    let mut sides: BTreeMap<Verdict, BTreeMap<(Spot, Spot), i32>> = BTreeMap::new();
    for row in 1..grid.ys.len() {
        for column in 1..grid.xs.len() {
            for (verdict, piece) in cell(grid, &crossings, row, column) {
                let sides = sides.entry(verdict).or_default();
                for (nth, from) in piece.iter().enumerate() {
                    let to = piece.get(nth + 1).or(piece.first()).copied().unwrap_or(*from);
                    add_side(sides, *from, to);
                }
            }
        }
    }
    sides.into_iter().map(|(verdict, sides)| Area { verdict, outlines: outlines(sides) }).collect()
}

/// Adds a directed side; it and its opposite annihilate each other.
fn add_side(sides: &mut BTreeMap<(Spot, Spot), i32>, from: Spot, to: Spot) {
    if from == to {
        return;
    }
    if let Some(count) = sides.get_mut(&(to, from)) {
        *count -= 1;
        if *count == 0 {
            sides.remove(&(to, from));
        }
        return;
    }
    *sides.entry((from, to)).or_default() += 1;
}

/// Walks the sides until each is used.
fn outlines(sides: BTreeMap<(Spot, Spot), i32>) -> Vec<Vec<Spot>> {
    let mut next: BTreeMap<Spot, Vec<Spot>> = BTreeMap::new();
    for ((from, to), count) in sides {
        for _ in 0..count {
            next.entry(from).or_default().push(to);
        }
    }
    let mut found = Vec::new();
    while let Some(start) = next.keys().next().copied() {
        let mut outline = Vec::new();
        let mut at = start;
        while let Some(ways) = next.get_mut(&at) {
            let Some(to) = ways.pop() else { break };
            if ways.is_empty() {
                next.remove(&at);
            }
            outline.push(at);
            at = to;
        }
        found.push(straightened(&outline));
    }
    found
}

/// The outline without the corners that lie on a straight line between their neighbours.
fn straightened(outline: &[Spot]) -> Vec<Spot> {
    let mut kept: Vec<Spot> = Vec::new();
    for (nth, spot) in outline.iter().enumerate() {
        let before = kept.last().or(outline.last()).copied().unwrap_or(*spot);
        let after = outline.get(nth + 1).or(outline.first()).copied().unwrap_or(*spot);
        let (ax, ay) = (spot.0 - before.0, spot.1 - before.1);
        let (bx, by) = (after.0 - spot.0, after.1 - spot.1);
        if ax * by != ay * bx || ax * bx + ay * by < 0 {
            kept.push(*spot);
        }
    }
    kept
}

/// The pieces of the cell that ends at grid line `row` and `column`, each with its verdict.
fn cell(grid: &Grid<'_>, crossings: &Crossings, row: usize, column: usize) -> Vec<(Verdict, Vec<Spot>)> {
    let corners = [(row - 1, column - 1), (row - 1, column), (row, column), (row, column - 1)];
    let Some(corners) = corners.map(|(r, c)| corner(grid, r, c)).into_iter().collect::<Option<Vec<_>>>()
    else {
        return Vec::new();
    };
    let mut round: Vec<(Spot, Option<Verdict>)> = Vec::with_capacity(8);
    for (nth, (spot, verdict)) in corners.iter().enumerate() {
        let Some((next_spot, next_verdict)) = corners.get((nth + 1) % 4) else { continue };
        round.push((*spot, Some(*verdict)));
        if verdict != next_verdict {
            round.push((crossings.between(*spot, *next_spot), None));
        }
    }
    let cuts: Vec<usize> = (0..round.len()).filter(|n| matches!(round.get(*n), Some((_, None)))).collect();
    if cuts.is_empty() {
        let spots = round.iter().map(|(spot, _)| *spot).collect();
        return corners.first().map(|(_, verdict)| (*verdict, spots)).into_iter().collect();
    }
    let middle = (cuts.len() > 2).then(|| {
        let points = cuts.iter().filter_map(|n| round.get(*n)).map(|(spot, _)| *spot);
        let (x, y) = points.fold((0, 0), |sum, spot| (sum.0 + spot.0, sum.1 + spot.1));
        (x / cuts.len() as i64, y / cuts.len() as i64)
    });
    let mut pieces = Vec::new();
    for (nth, cut) in cuts.iter().enumerate() {
        let end = cuts.get(nth + 1).copied().unwrap_or(cuts.first().copied().unwrap_or(0) + round.len());
        let mut piece: Vec<Spot> = Vec::new();
        let mut verdict = None;
        for (spot, at) in (*cut..=end).filter_map(|n| round.get(n % round.len())) {
            piece.push(*spot);
            verdict = verdict.or(*at);
        }
        piece.extend(middle);
        pieces.extend(verdict.map(|verdict| (verdict, piece)));
    }
    pieces
}

fn corner(grid: &Grid<'_>, row: usize, column: usize) -> Option<(Spot, Verdict)> {
    let verdict = grid.verdicts.get(row).and_then(|row| row.get(column)).copied().unwrap_or(Verdict::Unknown);
    Some(((hundredths(*grid.xs.get(column)?), hundredths(*grid.ys.get(row)?)), verdict))
}

/// A pixel in hundredths.
pub(super) fn hundredths(px: f64) -> i64 {
    libm::round(px.clamp(-1e6, 1e6) * 100.0) as i64
}

/// The crossings by the grid line they lie on.
struct Crossings {
    on_rows: BTreeMap<i64, Vec<i64>>,
    on_columns: BTreeMap<i64, Vec<i64>>,
}

impl Crossings {
    fn new(grid: &Grid<'_>) -> Self {
        let mut found = Self { on_rows: BTreeMap::new(), on_columns: BTreeMap::new() };
        for y in grid.ys {
            found.on_rows.insert(hundredths(*y), Vec::new());
        }
        for x in grid.xs {
            found.on_columns.insert(hundredths(*x), Vec::new());
        }
        for (x, y) in grid.crossings {
            let (x, y) = (hundredths(*x), hundredths(*y));
            if let Some(row) = found.on_rows.get_mut(&y) {
                row.push(x);
            }
            if let Some(column) = found.on_columns.get_mut(&x) {
                column.push(y);
            }
        }
        found.on_rows.values_mut().chain(found.on_columns.values_mut()).for_each(|line| line.sort_unstable());
        found
    }

    /// Where the verdict changes between two neighbouring corners: at the known crossing between them, at the
    /// mean of several, else half way.
    fn between(&self, a: Spot, b: Spot) -> Spot {
        let pick = |line: Option<&Vec<i64>>, from: i64, to: i64| {
            let (low, high) = (from.min(to), from.max(to));
            let line = line.map_or(&[][..], Vec::as_slice);
            let start = line.partition_point(|at| *at < low);
            let inside: Vec<i64> = line.iter().skip(start).take_while(|at| **at <= high).copied().collect();
            if inside.is_empty() {
                (low + high) / 2
            } else {
                inside.iter().sum::<i64>() / inside.len() as i64
            }
        };
        if a.1 == b.1 {
            (pick(self.on_rows.get(&a.1), a.0, b.0), a.1)
        } else {
            (a.0, pick(self.on_columns.get(&a.0), a.1, b.1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Verdict = Verdict::Winner(0);
    const B: Verdict = Verdict::Winner(1);
    const C: Verdict = Verdict::Tie;

    /// Twice the size of what the outline holds; holes count backwards.
    fn twice(outline: &[Spot]) -> i64 {
        (0..outline.len())
            .map(|n| (outline[n], outline[(n + 1) % outline.len()]))
            .map(|(a, b)| a.0 * b.1 - a.1 * b.0)
            .sum()
    }

    fn size(outline: &[Spot]) -> i64 {
        twice(outline) / 2
    }

    fn total(areas: &[Area]) -> i64 {
        areas.iter().flat_map(|area| &area.outlines).map(|outline| twice(outline)).sum::<i64>() / 2
    }

    #[test]
    fn areas_cover_the_grid_exactly_once() {
        let verdicts = vec![vec![A, A, B], vec![A, B, C], vec![C, C, A]];
        let grid = Grid {
            xs: &[0.0, 10.0, 20.0],
            ys: &[0.0, 7.0, 20.0],
            verdicts: &verdicts,
            crossings: &[(12.5, 0.0)],
        };
        assert_eq!(total(&areas(&grid)), 2000 * 2000);
    }

    #[test]
    fn a_border_goes_through_the_crossings_that_were_found() {
        let verdicts = vec![vec![A, B], vec![A, B]];
        let grid = Grid {
            xs: &[0.0, 10.0],
            ys: &[0.0, 10.0],
            verdicts: &verdicts,
            crossings: &[(2.0, 0.0), (4.0, 10.0)],
        };
        let areas = areas(&grid);
        let first = areas.first().unwrap();
        assert_eq!(first.verdict, A);
        assert_eq!(size(&first.outlines[0]), (200 + 400) / 2 * 1000);
        assert!(first.outlines[0].contains(&(200, 0)) && first.outlines[0].contains(&(400, 1000)));
    }

    #[test]
    fn an_island_is_a_hole_in_the_sea_around_it() {
        let verdicts = vec![vec![A, A, A], vec![A, B, A], vec![A, A, A]];
        let grid =
            Grid { xs: &[0.0, 10.0, 20.0], ys: &[0.0, 10.0, 20.0], verdicts: &verdicts, crossings: &[] };
        let areas = areas(&grid);
        assert_eq!(areas.iter().map(|a| a.outlines.len()).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(total(&areas), 2000 * 2000);
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_verdicts_and_crossings_are_each_spot_belongs_to_one_area(
            verdicts in proptest::collection::vec(proptest::collection::vec(0_usize..4, 6), 5),
            crossings in proptest::collection::vec((0_u8..6, 0_u8..5, 0.0_f64..1.0, proptest::bool::ANY), 0..40),
        ) {
            let verdict = |n: &usize| [A, B, C, Verdict::Unknown][*n];
            let verdicts: Vec<Vec<Verdict>> = verdicts.iter().map(|row| row.iter().map(verdict).collect()).collect();
            let (xs, ys) = ([0.0, 3.0, 7.0, 10.0, 30.0, 31.0], [40.0, 30.0, 21.0, 20.0, 0.0]);
            let place = |lines: &[f64], nth: u8, part: f64| {
                let nth = usize::from(nth).min(lines.len() - 2);
                lines[nth] + part * (lines[nth + 1] - lines[nth])
            };
            let crossings: Vec<(f64, f64)> = crossings
                .iter()
                .map(|(x, y, part, on_row)| match on_row {
                    true => (place(&xs, *x, *part), ys[usize::from(*y)]),
                    false => (xs[usize::from(*x)], place(&ys, *y, *part)),
                })
                .collect();
            let grid = Grid { xs: &xs, ys: &ys, verdicts: &verdicts, crossings: &crossings };
            proptest::prop_assert_eq!(total(&areas(&grid)).abs(), 3100 * 4000);
        }
    }

    #[test]
    fn a_ragged_or_empty_grid_is_drawn_as_far_as_it_goes() {
        let verdicts = vec![vec![A], vec![]];
        let grid = Grid { xs: &[0.0, 10.0], ys: &[0.0, 10.0], verdicts: &verdicts, crossings: &[] };
        assert_eq!(total(&areas(&grid)), 1000 * 1000);
        assert!(areas(&Grid { xs: &[], ys: &[], verdicts: &[], crossings: &[] }).is_empty());
    }
}
