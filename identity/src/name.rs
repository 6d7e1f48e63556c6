//! Names that are shown to others. What a guest types must not be able to break or fake a line of the page.

use crate::IdentityError;

/// Longest name, in characters.
const LONGEST: usize = 40;

/// Trims a name that somebody typed and refuses what can't be shown as it is.
pub(crate) fn typed(name: &str) -> Result<String, IdentityError> {
    let name = name.trim();
    let fits = name.chars().take(LONGEST + 1).count() <= LONGEST;
    if fits && !is_hidden(name) && name.chars().any(is_visible) {
        Ok(name.to_owned())
    } else {
        Err(IdentityError::NameInvalid)
    }
}

/// Makes a name that Home Assistant gave showable: its users are not asked to rename themselves.
pub(crate) fn vouched(name: &str) -> String {
    let mut kept = String::new();
    for c in name.trim().chars().filter(|&c| !is_forbidden(c)).take(LONGEST) {
        if !joins_nothing(kept.chars().next_back(), c) {
            kept.push(c);
        }
    }
    let kept = kept.trim();
    if kept.chars().any(is_visible) { kept.to_owned() } else { "Home Assistant user".to_owned() }
}

/// Whether it has something that can't be shown as it is: a name with it would look like another one.
fn is_hidden(name: &str) -> bool {
    let behind = std::iter::once(None).chain(name.chars().map(Some));
    name.chars().zip(behind).any(|(c, before)| is_forbidden(c) || joins_nothing(before, c))
}

/// Joiners and variation selectors are part of how names of many scripts, and emoji, are written. Behind a Latin, Greek or
/// Cyrillic letter, which none of them changes, they only make a name that looks like somebody else's.
fn joins_nothing(before: Option<char>, c: char) -> bool {
    const FIRST_SCRIPT_THAT_JOINS: char = '\u{0590}';
    matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}')
        && before.is_none_or(|before| before < FIRST_SCRIPT_THAT_JOINS)
}

/// Controls, line breaks, and the marks that reorder or hide what stands around them, or stand there unseen.
fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{2800}' | '\u{3164}' | '\u{FFA0}'
            | '\u{200B}' | '\u{200E}' | '\u{200F}' // direction marks, zero-width space
            | '\u{2028}'..='\u{202E}' // line and paragraph separators, embeddings, overrides
            | '\u{2060}'..='\u{206F}' // word joiner, isolates, deprecated format characters
            | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether the character leaves ink: joiners don't.
fn is_visible(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}')
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
            ("❤\u{FE0F} Ada", "❤\u{FE0F} Ada"),
            ("نرگس\u{200C}ها", "نرگس\u{200C}ها"),
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
            // They would look like Ada.
            "Ad\u{200D}a",
            "Ada\u{200C}",
            "Ad\u{AD}a",
            "Ad\u{34F}a",
            "A\u{FE0F}da",
            "Ada\u{180E}",
            "Ada\u{3164}",
            "Ada\u{2800}",
            "Ada\u{E0100}",
            "\u{1D173}Ada",
        ] {
            assert!(matches!(typed(bad), Err(IdentityError::NameInvalid)), "{bad:?}");
        }
    }

    #[test]
    fn names_from_home_assistant_are_made_showable() {
        assert_eq!(vouched(" Bob\u{202E}\n "), "Bob");
        assert_eq!(vouched("Ad\u{200D}a"), "Ada");
        assert_eq!(vouched("\u{200B}"), "Home Assistant user");
        assert_eq!(vouched(&"x".repeat(300)).len(), 40);
    }
}
