//! Names that are shown to others. What a guest types must not be able to break or fake a line of the page.

use crate::IdentityError;

/// Longest name, in characters.
const LONGEST: usize = 40;

/// Trims a name that somebody typed and refuses what can't be shown as it is.
pub(crate) fn typed(name: &str) -> Result<String, IdentityError> {
    let name = name.trim();
    let fits = name.chars().take(LONGEST + 1).count() <= LONGEST;
    if fits && !name.chars().any(is_forbidden) && name.chars().any(is_visible) {
        Ok(name.to_owned())
    } else {
        Err(IdentityError::NameInvalid)
    }
}

/// Makes a name that Home Assistant gave showable: its users are not asked to rename themselves.
pub(crate) fn vouched(name: &str) -> String {
    let kept: String = name.trim().chars().filter(|&c| !is_forbidden(c)).take(LONGEST).collect();
    let kept = kept.trim();
    if kept.chars().any(is_visible) { kept.to_owned() } else { "Home Assistant user".to_owned() }
}

/// Controls, line breaks, and the marks that reorder or hide what stands around them.
fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' // direction marks, zero-width space
            | '\u{2028}'..='\u{202E}' // line and paragraph separators, embeddings, overrides
            | '\u{2060}'..='\u{206F}' // word joiner, isolates, deprecated format characters
            | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// Whether the character leaves ink: joiners (needed inside names and emoji) and fillers don't.
fn is_visible(c: char) -> bool {
    !c.is_whitespace()
        && !matches!(
            c,
            '\u{00AD}'
                | '\u{034F}'
                | '\u{115F}'
                | '\u{1160}'
                | '\u{200C}'
                | '\u{200D}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_pass_and_are_trimmed() {
        for (given, kept) in [
            ("Ada", "Ada"),
            ("  Ada Lovelace\t", "Ada Lovelace"),
            ("李", "李"),
            ("عائشة", "عائشة"),
            ("👩\u{200D}💻", "👩\u{200D}💻"),
            ("<b>Bob</b>", "<b>Bob</b>"),
        ] {
            assert_eq!(typed(given).unwrap(), kept);
        }
        assert!(typed(&"ä".repeat(40)).is_ok());
    }

    #[test]
    fn empty_long_and_hidden_names_are_refused() {
        let long = "a".repeat(41);
        for bad in [
            "",
            "  \t ",
            &long,
            "a\nb",
            "a\u{0}b",
            "a\u{7f}",
            "a\u{85}b",
            "a\u{202E}b",
            "\u{2066}a",
            "a\u{200B}b",
            "\u{200D}",
            "\u{FEFF}a",
            "a\u{2028}b",
            "\u{3164}",
            "\u{E0041}x",
        ] {
            assert!(matches!(typed(bad), Err(IdentityError::NameInvalid)), "{bad:?}");
        }
    }

    #[test]
    fn names_from_home_assistant_are_made_showable() {
        assert_eq!(vouched(" Bob\u{202E}\n "), "Bob");
        assert_eq!(vouched("\u{200B}"), "Home Assistant user");
        assert_eq!(vouched(&"x".repeat(300)).len(), 40);
    }
}
