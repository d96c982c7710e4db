use chainwright_testkit::corpus::formats::{
    CALLING_PICKLE, framed_pickle, programs, small_zip, weights,
};

use super::*;

fn carve(data: &[u8], chunk: usize) -> Vec<(EmbeddedKind, u64)> {
    let mut carver = Carver::new();
    data.chunks(chunk).for_each(|piece| carver.feed(piece));
    carver
        .finish()
        .found
        .iter()
        .map(|find| (find.kind, find.offset))
        .collect()
}

fn payloads() -> Vec<(EmbeddedKind, Vec<u8>)> {
    vec![
        (EmbeddedKind::Elf, programs::elf()),
        (EmbeddedKind::Elf, programs::odd_elf()),
        (EmbeddedKind::Pe, programs::pe()),
        (EmbeddedKind::MachO, programs::mach_o()),
        (EmbeddedKind::Script, programs::SHELL.to_vec()),
        (EmbeddedKind::Pickle, framed_pickle()),
        (EmbeddedKind::Pickle, CALLING_PICKLE.to_vec()),
        (EmbeddedKind::Zip, small_zip("a.txt", b"hello")),
    ]
}

#[test]
fn every_payload_is_found_at_its_offset_wherever_pieces_are_cut() {
    for (kind, payload) in payloads() {
        for offset in [
            0,
            1,
            4095,
            BLOCK - 7,
            BLOCK - LOOK_AHEAD - 1,
            BLOCK,
            BLOCK + LOOK_BACK + 3,
        ] {
            let mut data = weights(BLOCK / 2);
            data.splice(offset..offset + payload.len(), payload.iter().copied());
            for chunk in [1021, 65_536, BLOCK, data.len()] {
                let found = carve(&data, chunk);
                assert_eq!(
                    found,
                    [(kind, wide(offset))],
                    "{kind:?} at {offset} in pieces of {chunk}"
                );
            }
        }
    }
}

#[test]
fn a_payload_at_the_very_end_is_found() {
    for (kind, payload) in payloads() {
        let data = [weights(1000), payload].concat();
        assert_eq!(carve(&data, 777), [(kind, 4000)]);
    }
}

#[test]
fn chance_bytes_are_nothing() {
    let mut state = 1_u64;
    let data: Vec<u8> = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(0x1405_7b7e_f767_814f);
        (state >> 56).to_le_bytes()[0]
    })
    .take(2 << 20)
    .collect();
    assert_eq!(carve(&data, 100_000), []);
}

#[test]
fn many_finds_are_counted_and_not_all_kept() {
    let data = programs::elf().repeat(100);
    let mut carver = Carver::starting_at(1000);
    carver.feed(&data);
    let facts = carver.finish();
    assert_eq!(facts.found.len(), KEPT_PER_KIND);
    assert_eq!(facts.left_out, wide(100 - KEPT_PER_KIND));
    assert_eq!(facts.found[0].offset, 1000);
}

#[test]
fn data_made_to_keep_us_busy_end_the_search() {
    let mut carver = Carver::new();
    let data = b"exec(".repeat(100_000);
    carver.feed(&data);
    carver.feed(&programs::elf());
    let facts = carver.finish();
    assert!(facts.gave_up && facts.found.is_empty());
}

#[test]
fn program_text_needs_more_than_one_word() {
    let text = |text: &str| {
        let data = [weights(64), text.as_bytes().to_vec(), weights(64)].concat();
        carve(&data, 4096)
            .iter()
            .any(|(kind, _)| *kind == EmbeddedKind::CodeText)
    };
    assert!(text(
        "import os\nos.system('echo this is a test of text in weights')\n"
    ));
    assert!(text(
        "__import__('subprocess').run(['curl', 'http://192.0.2.1/x'])"
    ));
    assert!(!text(
        "this sentence speaks of powershell and nothing else at all"
    ));
    assert!(!text("exec("));
}
