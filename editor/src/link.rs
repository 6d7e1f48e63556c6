//! The links that people are given, read: an invite, a host link, or a session's page.

use breakroom_protocol::SessionId;

/// A server, and what lets one in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// `http://HOST:PORT`, without a slash at the end.
    pub base: String,
    /// By what.
    pub way: Way,
}

/// What lets one in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// `/join#invite=SECRET`
    Invite(String),
    /// `/join#host=SECRET`
    Host(String),
    /// `/s/SESSION`: needs a token besides.
    Session(SessionId),
}

impl Link {
    /// Reads one; `None`: it is none of these.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://")?;
        if !matches!(scheme, "http" | "https") {
            return None;
        }
        let (address, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let secret = |mark: &str| fragment.strip_prefix(mark).filter(|secret| !secret.is_empty());
        let (prefix, way) = if let Some(prefix) = address.trim_end_matches('/').strip_suffix("/join") {
            let invite = secret("invite=").map(|secret| Way::Invite(secret.to_owned()));
            (prefix, invite.or_else(|| secret("host=").map(|secret| Way::Host(secret.to_owned())))?)
        } else {
            let (prefix, session) = address.trim_end_matches('/').rsplit_once("/s/")?;
            (prefix, Way::Session(session.parse().ok()?))
        };
        (!prefix.is_empty()).then(|| Self { base: format!("{scheme}://{prefix}"), way })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_as_people_get_them() {
        let way = |text: &str| Link::parse(text).map(|link| (link.base, link.way));
        let base = || "http://10.0.0.7:8127".to_owned();
        assert_eq!(
            way("http://10.0.0.7:8127/join#invite=abc\n"),
            Some((base(), Way::Invite("abc".to_owned())))
        );
        assert_eq!(way("http://10.0.0.7:8127/join#host=abc"), Some((base(), Way::Host("abc".to_owned()))));
        let id = SessionId::new();
        assert_eq!(way(&format!("http://10.0.0.7:8127/s/{id}")), Some((base(), Way::Session(id))));
        assert_eq!(way(&format!("https://a.example/room/s/{id}/")).unwrap().0, "https://a.example/room");
        for bad in ["", "10.0.0.7:8127", "http://h/", "http://h/join", "http://h/join#invite=", "ftp://h/s/1"]
        {
            assert_eq!(way(bad), None, "{bad}");
        }
    }
}
