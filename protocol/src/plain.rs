//! Expressions that only read: a plain name, or a name with literal subscripts, such as `levels[3]['porch']`.
//!
//! They are answered for everybody, so what counts as one is decided here, exactly and narrowly: whatever isn't
//! understood to the last character is code. The parts go to the debuggee as literals, never as the text that was typed,
//! so a text that looks like a name and isn't finds nothing.

use std::fmt;

/// Most subscripts of one expression.
const MAX_KEYS: usize = 32;
/// Most digits of an index: what fits an `i64` for certain.
const MAX_DIGITS: usize = 18;

/// Python's keywords: no names, whatever they look like. (`None`, `True` and `False` can be looked up.)
const KEYWORDS: [&str; 32] = [
    "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else",
    "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not",
    "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// A name and what is looked up in its value, from left to right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlainRead {
    /// As typed; Python's normal form (NFKC) of it is looked up.
    pub name: String,
    /// Subscripts.
    pub keys: Vec<Key>,
}

/// A literal subscript.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// `[3]`, `[-1]`
    Index(i64),
    /// `['porch']`, `["porch"]`
    Text(String),
}

impl PlainRead {
    /// Reads an expression. `None`: it is something else, which is to say code.
    ///
    /// Blanks and tabs around it don't count; there are none inside. Strings have no prefix and only the escapes that
    /// Python's `repr` writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim_matches([' ', '\t']);
        let name = take_name(&mut rest)?.to_owned();
        let mut keys = Vec::new();
        while !rest.is_empty() {
            if keys.len() == MAX_KEYS {
                return None;
            }
            rest = rest.strip_prefix('[')?;
            keys.push(take_key(&mut rest)?);
            rest = rest.strip_prefix(']')?;
        }
        Some(Self { name, keys })
    }
}

/// As Python would write it.
impl fmt::Display for PlainRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.keys.iter().try_for_each(|key| match key {
            Key::Index(index) => write!(f, "[{index}]"),
            Key::Text(text) => {
                f.write_str("['")?;
                text.chars().try_for_each(|character| match character {
                    '\\' | '\'' => write!(f, "\\{character}"),
                    '\n' => f.write_str("\\n"),
                    '\r' => f.write_str("\\r"),
                    '\t' => f.write_str("\\t"),
                    '\0'..=' ' | '\x7f'..='\u{a0}' if character != ' ' => {
                        write!(f, "\\x{:02x}", u32::from(character))
                    }
                    _ => write!(f, "{character}"),
                })?;
                f.write_str("']")
            }
        })
    }
}

fn take_name<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let goes_on = |character: char| character == '_' || unicode_ident::is_xid_continue(character);
    let end = rest.find(|character| !goes_on(character)).unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    let first = name.chars().next()?;
    if !(first == '_' || unicode_ident::is_xid_start(first)) || KEYWORDS.contains(&name) {
        return None;
    }
    *rest = after;
    Some(name)
}

fn take_key(rest: &mut &str) -> Option<Key> {
    match rest.chars().next()? {
        quote @ ('\'' | '"') => {
            *rest = &rest[1..];
            take_text(rest, quote).map(Key::Text)
        }
        _ => take_index(rest).map(Key::Index),
    }
}

fn take_index(rest: &mut &str) -> Option<i64> {
    let (negative, digits) = match rest.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, *rest),
    };
    let end = digits.find(|character: char| !character.is_ascii_digit()).unwrap_or(digits.len());
    let (digits, after) = digits.split_at(end);
    // `007` is an error in Python, not 7.
    if digits.len() > MAX_DIGITS || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    let number: i64 = digits.parse().ok()?;
    *rest = after;
    Some(if negative { -number } else { number })
}

/// The rest of a string literal behind its opening quote.
fn take_text(rest: &mut &str, quote: char) -> Option<String> {
    let mut text = String::new();
    let mut characters = rest.chars();
    loop {
        match characters.next()? {
            '\0' | '\n' | '\r' => return None,
            '\\' => text.push(match characters.next()? {
                literal @ ('\\' | '\'' | '"') => literal,
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'x' => take_hex(&mut characters, 2)?,
                'u' => take_hex(&mut characters, 4)?,
                'U' => take_hex(&mut characters, 8)?,
                _ => return None,
            }),
            end if end == quote => break,
            other => text.push(other),
        }
    }
    *rest = characters.as_str();
    Some(text)
}

fn take_hex(characters: &mut std::str::Chars<'_>, digits: usize) -> Option<char> {
    let mut code = 0;
    for _ in 0..digits {
        code = code * 16 + characters.next()?.to_digit(16)?;
    }
    // Lone surrogates are text in Python and can't be here.
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(name: &str, keys: &[Key]) -> Option<PlainRead> {
        Some(PlainRead { name: name.to_owned(), keys: keys.to_vec() })
    }

    #[test]
    fn names_and_literal_subscripts_are_read() {
        let text = |text: &str| Key::Text(text.to_owned());
        assert_eq!(PlainRead::parse("count"), read("count", &[]));
        assert_eq!(PlainRead::parse(" \t_x1 "), read("_x1", &[]));
        assert_eq!(PlainRead::parse("größe"), read("größe", &[]));
        assert_eq!(PlainRead::parse("None"), read("None", &[]));
        assert_eq!(PlainRead::parse("levels[3]['porch']"), read("levels", &[Key::Index(3), text("porch")]));
        assert_eq!(PlainRead::parse("a[-1][0][-0]"), read("a", &[-1, 0, 0].map(Key::Index)));
        assert_eq!(PlainRead::parse(r#"a["it's"]"#), read("a", &[text("it's")]));
        assert_eq!(PlainRead::parse(r"a['\\\'\n\x41\u00e9\U0001f600']"), read("a", &[text("\\'\nAé😀")]));
        assert_eq!(PlainRead::parse("a['#@LINE@]']"), read("a", &[text("#@LINE@]")]));
    }

    #[test]
    fn everything_else_is_code() {
        let codes = [
            "",
            " ",
            "1",
            "1a",
            "-x",
            "x.y",
            "x.__class__",
            "x()",
            "x [0]",
            "x[ 0]",
            "x[0 ]",
            "x[0",
            "x[0]]",
            "x[]",
            "x[0][",
            "x[y]",
            "x[y()]",
            "x[0:1]",
            "x[0,1]",
            "x[:]",
            "x[+1]",
            "x[--1]",
            "x[1.0]",
            "x[1e3]",
            "x[1_0]",
            "x[0x1]",
            "x[01]",
            "x[1j]",
            "x[True]",
            "x[None]",
            "x[b'a']",
            "x[f'{y()}']",
            "f'{x}'",
            "x[r'a']",
            "x[u'a']",
            "x['a' 'b']",
            "x['a''b']",
            "x['a'+'b']",
            "x['''a''']",
            "x['a]",
            "x['a\nb']",
            "x\n",
            "x\ny",
            "\nx",
            "x\r",
            "x;y",
            "x#",
            "x\\",
            "(x)",
            "[x]",
            "x:=1",
            "(x:=1)",
            "x=1",
            "x==1",
            "x,",
            "*x",
            "~x",
            "not x",
            "lambda",
            "lambda:0",
            "await x",
            "yield",
            "if",
            "x if y else z",
            "x['\\N{BULLET}']",
            "x['\\101']",
            "x['\\a']",
            "x['\\ud800']",
            "x['\\x4']",
            "x\0",
            "x['\0']",
            "\u{feff}x",
            "x\u{200b}",
            "x\u{a0}",
            "x\u{2028}",
            "x\u{ff3b}0\u{ff3d}",
            "x[\u{2019}a\u{2019}]",
            "x[\u{ff11}]",
            "x[\u{661}]",
            "x\u{ff0e}y",
            "x[999999999999999999999]",
            "x[-9999999999999999999]",
        ];
        for code in codes {
            assert_eq!(PlainRead::parse(code), None, "{code:?}");
        }
        let deep = |keys: usize| format!("x{}", "[0]".repeat(keys));
        assert!(PlainRead::parse(&deep(MAX_KEYS)).is_some());
        assert_eq!(PlainRead::parse(&deep(MAX_KEYS + 1)), None);
    }

    fn key() -> impl Strategy<Value = Key> {
        let index = (-999_999_999_999_999_999..=999_999_999_999_999_999i64).prop_map(Key::Index);
        prop_oneof![index, any::<String>().prop_map(Key::Text)]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(name in "[a-z_][a-zA-Z0-9_é]{0,8}", keys in proptest::collection::vec(key(), 0..6)) {
            prop_assume!(!KEYWORDS.contains(&name.as_str()));
            let plain = PlainRead { name, keys };
            prop_assert_eq!(PlainRead::parse(&plain.to_string()), Some(plain));
        }

        #[test]
        fn nothing_panics_and_what_is_read_says_the_same_when_written(text in r#"\PC*|[xé_0-9'"\[\]\\. (),:=nu-]{0,16}"#) {
            if let Some(plain) = PlainRead::parse(&text) {
                prop_assert_eq!(PlainRead::parse(&plain.to_string()), Some(plain));
            }
        }
    }
}
