//! Tests that reading a configuration and rendering its errors never panic, whatever the text.

use super::super::{Overrides, parse};
use super::spec::reference_in_full;

fn read_and_render(text: &str) {
    if let Err(errors) = parse(text, "f", &Overrides::default()) {
        for styled in [false, true] {
            assert!(errors.render(styled).contains("error"), "{text}");
        }
        serde_json::to_string(&errors.iter().collect::<Vec<_>>()).unwrap();
    }
}

#[test]
fn every_key_stands_a_value_of_every_type() {
    let values = [
        "1",
        "-1",
        "1.5",
        "true",
        "''",
        "'é🦀'",
        "1979-05-27",
        "[]",
        "[1, 'x', []]",
        "[{}]",
        "{}",
        "{ name = 1, x.y = 'z' }",
        "\"\"\"\n{\"rules\": [}\n\"\"\"",
        "99999999999999999999",
    ];
    let text = reference_in_full();
    let lines: Vec<&str> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let Some((key, _)) = line.split_once(" = ") else { continue };
        for value in values {
            let line = format!("{key} = {value}");
            let mut lines = lines.clone();
            lines[index] = &line;
            read_and_render(&lines.join("\n"));
        }
    }
}

#[test]
fn damaged_text_does_not_panic() {
    // The seed is fixed, so that a failure can be reproduced.
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |bound: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % u64::try_from(bound).unwrap()).unwrap()
    };
    let text = reference_in_full();
    let whole: Vec<&str> = text.split_inclusive(['\n', ' ', '.', '=']).collect();
    let strange = [
        "[",
        "]]",
        "'",
        "\"\"\"",
        "= 1\n",
        "\u{feff}",
        "é\t",
        "\r\n",
        "\r",
        "{}",
        "[[]]",
        "\\u0000",
        "environments.prod.",
        "15",
        "🦀",
        "\0",
        "-9223372036854775809",
        "# ",
        "\n",
    ];
    for _ in 0..1000 {
        let mut pieces = whole.clone();
        for _ in 0..=below(6) {
            let at = below(pieces.len());
            match below(8) {
                0 => pieces.truncate(at + 1),
                1 | 2 => pieces.insert(at, strange[below(strange.len())]),
                3 | 4 => pieces[at] = strange[below(strange.len())],
                5 => pieces.swap(at, 0),
                _ => pieces[at] = "",
            }
        }
        read_and_render(&pieces.concat());
    }
}
