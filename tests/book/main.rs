//! The book says what the code says: tables, worked numbers and drawings are made here and compared with the
//! pages. `MAILLAB_REFRESH=1 cargo test --test book` brings the pages up to date.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that panics has failed, which is what it is for"
)]

mod bills;
mod changes;
mod clauses;
mod comparison;
mod compressors;
mod drawn;
mod elders;
mod framing;
mod lab;
mod link_model;
mod pop;
#[cfg(feature = "cli")]
mod reference;
mod savings;
mod tables;
mod traces;
mod validation;
mod worked;
mod workstations;

#[test]
fn the_pages_say_what_the_code_says() {
    let (compared, drawings) = comparison::first_run();
    let (traced, traced_drawings) = traces::blocks();
    let (weeks, week_drawings) = workstations::week();
    let (scale, scale_drawing) = workstations::at_scale();
    let mut blocks = link_model::blocks();
    blocks.extend(weeks);
    blocks.push(scale);
    blocks.push(("workstations-ways", workstations::ways()));
    blocks.extend(tables::blocks());
    blocks.extend(elders::blocks());
    blocks.extend(pop::blocks());
    blocks.extend(savings::blocks());
    blocks.extend(bills::blocks());
    blocks.extend(compressors::blocks());
    blocks.extend(framing::blocks());
    blocks.extend(validation::blocks());
    blocks.extend(compared);
    blocks.extend(traced);
    #[cfg(feature = "cli")]
    blocks.extend(reference::blocks());
    drawn::check_blocks(&blocks);
    let shown = drawings.into_iter().chain(traced_drawings).chain(week_drawings).chain(changes::drawings());
    for (name, svg) in shown.chain([scale_drawing]) {
        drawn::check_drawing(&name, &svg);
    }
}

#[test]
fn the_maps_are_drawn_from_the_code() {
    for (name, svg) in comparison::maps() {
        drawn::check_drawing(&name, &svg);
    }
}
