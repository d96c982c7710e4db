//! Recognises a licence by its text or by the short name a model card uses, as an SPDX identifier.
//!
//! Texts are told apart by phrases that only they have; small edits (names, years, line breaks) do not matter. It is
//! no legal advice and no comparison word by word: a text with added clauses is still recognised as its base.

use serde::{Deserialize, Serialize};

/// What a licence broadly allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LicenceClass {
    /// Dedicated to the public.
    PublicDomain,
    /// Use and redistribution with attribution.
    Permissive,
    /// Changes to the work itself stay under the licence.
    WeakCopyleft,
    /// Works that contain it stay under the licence.
    StrongCopyleft,
    /// Use is restricted by purpose or by the size of the user.
    UseRestricted,
    /// No commercial use.
    NonCommercial,
    /// Not known to us.
    Unknown,
}

/// A phrase list: all of `phrases` must occur.
struct Text {
    spdx: &'static str,
    phrases: &'static [&'static str],
}

const fn text(spdx: &'static str, phrases: &'static [&'static str]) -> Text {
    Text { spdx, phrases }
}

/// From the particular to the general: the first that fits is the answer.
const TEXTS: &[Text] = &[
    text(
        "LicenseRef-Llama-4",
        &["llama 4 community license agreement"],
    ),
    text(
        "LicenseRef-Llama-3.3",
        &["llama 3.3 community license agreement"],
    ),
    text(
        "LicenseRef-Llama-3.2",
        &["llama 3.2 community license agreement"],
    ),
    text(
        "LicenseRef-Llama-3.1",
        &["llama 3.1 community license agreement"],
    ),
    text(
        "LicenseRef-Llama-3",
        &["llama 3 community license agreement"],
    ),
    text(
        "LicenseRef-Llama-2",
        &["llama 2 community license agreement"],
    ),
    text("LicenseRef-Gemma", &["gemma terms of use"]),
    text(
        "LicenseRef-Qwen-Research",
        &["qwen research license agreement"],
    ),
    text("LicenseRef-Qwen", &["tongyi qianwen license agreement"]),
    text("LicenseRef-Qwen", &["qwen license agreement"]),
    text("LicenseRef-DeepSeek", &["deepseek license agreement"]),
    text("LicenseRef-Falcon", &["falcon", "tii license"]),
    text("LicenseRef-Falcon", &["tii falcon"]),
    text(
        "LicenseRef-Stability-Community",
        &["stability ai community license"],
    ),
    text(
        "LicenseRef-Stability-NC",
        &["stability ai non-commercial research community license"],
    ),
    text(
        "LicenseRef-FLUX-1-dev-NC",
        &["flux.1 [dev] non-commercial license"],
    ),
    text(
        "LicenseRef-FLUX-NC",
        &["flux", "non-commercial license", "black forest labs"],
    ),
    text("LicenseRef-MRL", &["mistral ai research license"]),
    text("LicenseRef-MNPL", &["mistral ai non-production license"]),
    text(
        "LicenseRef-NVIDIA-Open-Model",
        &["nvidia open model license"],
    ),
    text("LicenseRef-Yi", &["yi series models", "license agreement"]),
    text(
        "LicenseRef-CreativeML-OpenRAILpp-M",
        &["creativeml open rail++-m"],
    ),
    text(
        "LicenseRef-CreativeML-OpenRAIL-M",
        &["creativeml open rail-m"],
    ),
    text("LicenseRef-BigCode-OpenRAIL-M", &["bigcode open rail-m"]),
    text("LicenseRef-BigCode-OpenRAIL-M", &["bigcode openrail-m"]),
    text(
        "LicenseRef-BigScience-OpenRAIL-M",
        &["bigscience openrail-m"],
    ),
    text(
        "LicenseRef-BigScience-OpenRAIL-M",
        &["bigscience open rail-m"],
    ),
    text(
        "LicenseRef-BigScience-RAIL-1.0",
        &["bigscience rail license"],
    ),
    text(
        "LicenseRef-OpenRAIL",
        &["open rail", "use-based restrictions"],
    ),
    text(
        "Apache-2.0",
        &["apache license", "version 2.0, january 2004"],
    ),
    text(
        "AGPL-3.0-only",
        &[
            "gnu affero general public license",
            "version 3, 19 november 2007",
        ],
    ),
    text(
        "LGPL-3.0-only",
        &[
            "gnu lesser general public license",
            "version 3, 29 june 2007",
        ],
    ),
    text(
        "LGPL-2.1-only",
        &[
            "gnu lesser general public license",
            "version 2.1, february 1999",
        ],
    ),
    text(
        "GPL-3.0-only",
        &["gnu general public license", "version 3, 29 june 2007"],
    ),
    text(
        "GPL-2.0-only",
        &["gnu general public license", "version 2, june 1991"],
    ),
    text("MPL-2.0", &["mozilla public license version 2.0"]),
    text("MPL-2.0", &["mozilla public license, version 2.0"]),
    text("EPL-2.0", &["eclipse public license - v 2.0"]),
    text("EUPL-1.2", &["european union public licence v. 1.2"]),
    text("BSL-1.0", &["boost software license - version 1.0"]),
    text("BUSL-1.1", &["business source license 1.1"]),
    text(
        "SSPL-1.0",
        &["server side public license", "version 1, october 16, 2018"],
    ),
    text("Artistic-2.0", &["the artistic license 2.0"]),
    text(
        "Unlicense",
        &["this is free and unencumbered software released into the public domain"],
    ),
    text("CC0-1.0", &["cc0 1.0 universal"]),
    text(
        "CC-BY-NC-SA-4.0",
        &["attribution-noncommercial-sharealike 4.0 international"],
    ),
    text(
        "CC-BY-NC-ND-4.0",
        &["attribution-noncommercial-noderivatives 4.0 international"],
    ),
    text(
        "CC-BY-NC-4.0",
        &["attribution-noncommercial 4.0 international"],
    ),
    text(
        "CC-BY-SA-4.0",
        &["attribution-sharealike 4.0 international"],
    ),
    text(
        "CC-BY-ND-4.0",
        &["attribution-noderivatives 4.0 international"],
    ),
    text("CC-BY-4.0", &["attribution 4.0 international"]),
    text(
        "CC-BY-NC-SA-3.0",
        &["attribution-noncommercial-sharealike 3.0"],
    ),
    text("CC-BY-NC-3.0", &["attribution-noncommercial 3.0"]),
    text("CC-BY-SA-3.0", &["attribution-sharealike 3.0"]),
    text("CC-BY-3.0", &["attribution 3.0"]),
    text("ODC-By-1.0", &["open data commons attribution license"]),
    text("ODbL-1.0", &["open database license"]),
    text("PDDL-1.0", &["public domain dedication & license"]),
    text(
        "CDLA-Permissive-2.0",
        &[
            "community data license agreement",
            "permissive",
            "version 2.0",
        ],
    ),
    text(
        "CDLA-Permissive-1.0",
        &[
            "community data license agreement",
            "permissive",
            "version 1.0",
        ],
    ),
    text(
        "CDLA-Sharing-1.0",
        &["community data license agreement", "sharing", "version 1.0"],
    ),
    text("OFL-1.1", &["sil open font license version 1.1"]),
    text(
        "BSD-3-Clause",
        &[
            "redistribution and use in source and binary forms",
            "neither the name",
        ],
    ),
    text(
        "BSD-3-Clause",
        &[
            "redistribution and use in source and binary forms",
            "may not be used to endorse",
        ],
    ),
    text(
        "BSD-2-Clause",
        &["redistribution and use in source and binary forms"],
    ),
    text(
        "MIT",
        &[
            "permission is hereby granted, free of charge, to any person obtaining a copy",
            "the above copyright notice and this permission notice",
        ],
    ),
    text(
        "MIT-0",
        &["permission is hereby granted, free of charge, to any person obtaining a copy"],
    ),
    text(
        "ISC",
        &["permission to use, copy, modify, and/or distribute this software for any purpose"],
    ),
    text(
        "Zlib",
        &[
            "this software is provided 'as-is', without any express or implied warranty",
            "altered source versions must be plainly marked",
        ],
    ),
    text("WTFPL", &["do what the fuck you want to public license"]),
];

/// Short names of model cards whose SPDX identifier is not the same text in another case.
const CARD_NAMES: &[(&str, &str)] = &[
    ("openrail", "LicenseRef-OpenRAIL"),
    ("openrail++", "LicenseRef-CreativeML-OpenRAILpp-M"),
    ("creativeml-openrail-m", "LicenseRef-CreativeML-OpenRAIL-M"),
    ("bigscience-openrail-m", "LicenseRef-BigScience-OpenRAIL-M"),
    (
        "bigscience-bloom-rail-1.0",
        "LicenseRef-BigScience-RAIL-1.0",
    ),
    ("bigcode-openrail-m", "LicenseRef-BigCode-OpenRAIL-M"),
    ("llama2", "LicenseRef-Llama-2"),
    ("llama3", "LicenseRef-Llama-3"),
    ("llama3.1", "LicenseRef-Llama-3.1"),
    ("llama3.2", "LicenseRef-Llama-3.2"),
    ("llama3.3", "LicenseRef-Llama-3.3"),
    ("llama4", "LicenseRef-Llama-4"),
    ("gemma", "LicenseRef-Gemma"),
    ("deepseek", "LicenseRef-DeepSeek"),
    ("apple-amlr", "LicenseRef-Apple-AMLR"),
    ("apple-ascl", "LicenseRef-Apple-ASCL"),
    ("h-research", "LicenseRef-H-Research"),
    ("intel-research", "LicenseRef-Intel-Research"),
    ("gpl", "GPL-3.0-only"),
    ("gpl-2.0", "GPL-2.0-only"),
    ("gpl-3.0", "GPL-3.0-only"),
    ("agpl-3.0", "AGPL-3.0-only"),
    ("lgpl", "LGPL-3.0-only"),
    ("lgpl-2.1", "LGPL-2.1-only"),
    ("lgpl-3.0", "LGPL-3.0-only"),
    ("lgpl-lr", "LGPLLR"),
    ("cc", "LicenseRef-CC-unspecified"),
    ("bsd", "LicenseRef-BSD-unspecified"),
    ("bsl-1.0", "BSL-1.0"),
    ("odc-by", "ODC-By-1.0"),
    ("odbl", "ODbL-1.0"),
    ("pddl", "PDDL-1.0"),
    ("unlicense", "Unlicense"),
    ("wtfpl", "WTFPL"),
    ("ms-pl", "MS-PL"),
    ("afl-3.0", "AFL-3.0"),
    ("artistic-2.0", "Artistic-2.0"),
    ("c-uda", "C-UDA-1.0"),
    ("zlib", "Zlib"),
    ("bsd-3-clause-clear", "BSD-3-Clause-Clear"),
    ("epl-1.0", "EPL-1.0"),
    ("isc", "ISC"),
    ("mit", "MIT"),
    ("apache-2.0", "Apache-2.0"),
    ("other", "LicenseRef-other"),
    ("unknown", "LicenseRef-unknown"),
];

/// LIMIT: bytes of a licence text that are looked at.
const LOOKED_AT: usize = 64 * 1024;
/// Characters within which a GNU licence gives its title.
const TITLE_CHARS: usize = 300;

/// The licence whose text this is.
#[must_use]
pub fn recognise(text: &str) -> Option<&'static str> {
    let plain = normalised(text);
    let title: String = plain.chars().take(TITLE_CHARS).collect();
    TEXTS
        .iter()
        .filter(|known| known.phrases.iter().all(|phrase| plain.contains(phrase)))
        // The GNU licences name each other; only the title says which one it is.
        .find(|known| {
            known
                .phrases
                .first()
                .is_none_or(|name| !name.starts_with("gnu ") || title.contains(name))
        })
        .map(|known| known.spdx)
}

/// Whether a file of this name is expected to hold a licence.
#[must_use]
pub fn is_licence_file(file_name: &str) -> bool {
    let name = file_name
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let stem = name.split('.').next().unwrap_or_default();
    ["license", "licence", "copying", "unlicense", "notice"]
        .iter()
        .any(|word| stem.starts_with(word) || stem.ends_with(word))
}

/// The SPDX identifier for the name a model card gives.
#[must_use]
pub fn of_card_name(name: &str) -> String {
    let lower = name.trim().to_ascii_lowercase();
    if let Some((_, spdx)) = CARD_NAMES.iter().find(|(card, _)| *card == lower) {
        return (*spdx).to_owned();
    }
    let known = TEXTS
        .iter()
        .map(|text| text.spdx)
        .find(|spdx| spdx.eq_ignore_ascii_case(&lower));
    match known {
        Some(spdx) => spdx.to_owned(),
        None if lower.starts_with("cc") => lower.to_ascii_uppercase(),
        None => crate::bounded::quote(name.trim()),
    }
}

/// What the licence broadly allows.
#[must_use]
pub fn class_of(spdx: &str) -> LicenceClass {
    let id = spdx.to_ascii_uppercase();
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| id.starts_with(prefix));
    let has = |parts: &[&str]| parts.iter().any(|part| id.contains(part));
    if starts(&["CC0", "UNLICENSE", "PDDL", "WTFPL"]) {
        LicenceClass::PublicDomain
    } else if has(&["-NC", "RESEARCH", "MNPL", "MRL", "AMLR"]) {
        LicenceClass::NonCommercial
    } else if has(&[
        "RAIL",
        "LLAMA",
        "GEMMA",
        "QWEN",
        "DEEPSEEK",
        "FALCON",
        "STABILITY",
        "BUSL",
        "NVIDIA",
        "LICENSEREF-YI",
    ]) {
        LicenceClass::UseRestricted
    } else if starts(&["AGPL", "GPL", "SSPL", "CC-BY-SA", "ODBL", "CDLA-SHARING"]) {
        LicenceClass::StrongCopyleft
    } else if starts(&["LGPL", "MPL", "EPL", "EUPL"]) {
        LicenceClass::WeakCopyleft
    } else if starts(&[
        "APACHE",
        "MIT",
        "BSD",
        "ISC",
        "CC-BY-4",
        "CC-BY-3",
        "CC-BY-2",
        "ZLIB",
        "BSL-1",
        "ODC-BY",
        "CDLA-PERMISSIVE",
        "ARTISTIC",
        "AFL",
        "MS-PL",
        "OFL",
    ]) {
        LicenceClass::Permissive
    } else {
        LicenceClass::Unknown
    }
}

/// Lower case, one space between words, plain quotes.
fn normalised(text: &str) -> String {
    let end = (0..=LOOKED_AT.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(0);
    let lower = text
        .get(..end)
        .unwrap_or_default()
        .to_lowercase()
        .replace(['“', '”'], "\"")
        .replace(['‘', '’'], "'");
    let words: Vec<&str> = lower
        .split(|character: char| character.is_whitespace() || "*#/".contains(character))
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_recognised_by_their_phrases() {
        for (text, expected) in [
            (
                "                 Apache License\n           Version 2.0, January 2004\n",
                Some("Apache-2.0"),
            ),
            (
                "MIT License\n\nCopyright (c) 2024 X\n\nPermission is hereby granted, free of charge, to any person obtaining a copy\nof this software … The above copyright notice and this permission notice shall",
                Some("MIT"),
            ),
            (
                "Redistribution and use in source and binary forms, with or without\n// Neither the name of X",
                Some("BSD-3-Clause"),
            ),
            (
                "Redistribution and use in source and binary forms",
                Some("BSD-2-Clause"),
            ),
            (
                "# LLAMA 3.1 COMMUNITY LICENSE AGREEMENT",
                Some("LicenseRef-Llama-3.1"),
            ),
            (
                "META LLAMA 3 COMMUNITY LICENSE AGREEMENT",
                Some("LicenseRef-Llama-3"),
            ),
            (
                "GNU AFFERO GENERAL PUBLIC LICENSE\n Version 3, 19 November 2007",
                Some("AGPL-3.0-only"),
            ),
            (
                "Attribution-NonCommercial-ShareAlike 4.0 International",
                Some("CC-BY-NC-SA-4.0"),
            ),
            (
                "CreativeML Open RAIL-M\ndated August 22, 2022",
                Some("LicenseRef-CreativeML-OpenRAIL-M"),
            ),
            ("Gemma Terms of Use", Some("LicenseRef-Gemma")),
            ("All rights reserved.", None),
        ] {
            assert_eq!(recognise(text), expected, "{text}");
        }
    }

    #[test]
    fn gnu_licences_that_name_each_other_are_told_apart() {
        let filler = "everyone is permitted to copy ".repeat(20);
        for (title, other, expected) in [
            (
                "GNU GENERAL PUBLIC LICENSE",
                "GNU Lesser General Public License",
                "GPL-3.0-only",
            ),
            (
                "GNU LESSER GENERAL PUBLIC LICENSE",
                "GNU General Public License",
                "LGPL-3.0-only",
            ),
        ] {
            let text = format!("{title}\nVersion 3, 29 June 2007\n{filler}\n{other}");
            assert_eq!(recognise(&text), Some(expected));
        }
    }

    #[test]
    fn card_names_become_spdx() {
        for (name, expected, class) in [
            ("apache-2.0", "Apache-2.0", LicenceClass::Permissive),
            ("cc-by-nc-4.0", "CC-BY-NC-4.0", LicenceClass::NonCommercial),
            ("cc-by-sa-3.0", "CC-BY-SA-3.0", LicenceClass::StrongCopyleft),
            (
                "llama3.1",
                "LicenseRef-Llama-3.1",
                LicenceClass::UseRestricted,
            ),
            ("agpl-3.0", "AGPL-3.0-only", LicenceClass::StrongCopyleft),
            ("bsd-3-clause", "BSD-3-Clause", LicenceClass::Permissive),
            ("my-own", "my-own", LicenceClass::Unknown),
        ] {
            assert_eq!(of_card_name(name), expected);
            assert_eq!(class_of(expected), class, "{expected}");
        }
    }

    #[test]
    fn licence_files_are_known_by_name() {
        for name in [
            "LICENSE",
            "a/LICENSE.txt",
            "LICENCE.md",
            "COPYING",
            "LICENSE-MODEL",
            "llama_license.txt",
        ] {
            assert!(is_licence_file(name), "{name}");
        }
        assert!(!is_licence_file("README.md"));
    }
}
