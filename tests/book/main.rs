//! The book says what the code says: tables, worked numbers and drawings are made here and compared with the
//! pages. `MAILLAB_REFRESH=1 cargo test --test book` brings the pages up to date.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that panics has failed, which is what it is for")]

mod bills;
mod drawn;
mod lab;
mod link_model;
mod tables;
mod worked;

#[test]
fn the_pages_say_what_the_code_says() {
    let mut blocks = link_model::blocks();
    blocks.extend(tables::blocks());
    blocks.extend(bills::blocks());
    drawn::check_blocks(&blocks);
}
