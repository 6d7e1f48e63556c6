//! Invites that ask: who waits, who decides, and what nobody gets before that.

use crate::support::live::connect;
use crate::support::person::ticket_of;
use crate::support::program::TICKING;
use crate::support::{Answer, Browser, Join, Launch, Person, Server, until, within};
use breakroom_protocol::{
    Command, ErrorCode, Event, GuestId, InviteInfo, Me, Role, SessionId, WaitEnd, WaitingGuest,
};
use breakroom_test_support::debuggee::Debuggee;
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A session on a server that allows many attempts, with its host in it.
async fn session(debuggee: &Debuggee, limits: &str) -> (Server, Person) {
    let config = format!(
        "[limits]\nattempts_per_minute = 1000\n{limits}\n[[targets]]\nname = 'app'\naddress = '{}'\n",
        debuggee.address()
    );
    let server = Server::serve(&config).await;
    let mut ada = server.host("Ada").await;
    let row: Value = ada.post("/api/sessions", json!({"target": "app"})).await.json();
    ada.enters(row["id"].as_str().unwrap().parse().unwrap()).await;
    (server, ada)
}

/// Somebody's browser in which they wait.
struct Guest {
    browser: Browser,
    /// In its cookie.
    token: String,
}

fn waiting_cookie(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie");
    let (_, rest) = cookie.split_once("breakroom_waiting=").unwrap_or_else(|| panic!("no cookie: {cookie}"));
    rest.split(';').next().unwrap().to_owned()
}

impl Guest {
    async fn asks(server: &Server, secret: &str, name: &str) -> Self {
        Self::in_browser(server.stranger(), secret, name).await
    }

    async fn in_browser(browser: Browser, secret: &str, name: &str) -> Self {
        let answer = browser.post("/api/auth/invite", json!({"secret": secret, "name": name})).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        assert!(!answer.header("set-cookie").contains("breakroom_ticket"), "no ticket before a host decided");
        let token = waiting_cookie(&answer);
        let cookie = format!("breakroom_waiting={token}");
        Self { browser: browser.with_header("cookie", &cookie), token }
    }

    /// What the page is told now.
    async fn stands(&self) -> Answer {
        self.browser.post("/api/auth/waiting", json!({})).await
    }

    async fn still_waits(&self) {
        let answer = self.stands().await;
        assert_eq!(answer.status, 202, "{}", answer.text);
    }

    /// What the page is told as soon as a host has decided.
    async fn hears(&self) -> Answer {
        within("an end of the waiting", async {
            loop {
                let answer = self.browser.post("/api/auth/waiting", json!({"within_s": 5})).await;
                if answer.status != 202 {
                    return answer;
                }
            }
        })
        .await
    }

    /// They are let in: who they are now.
    async fn comes_in(&self, server: &Server) -> Person {
        let answer = self.hears().await;
        Person::with_ticket(server, &ticket_of(&answer), answer.json())
    }
}

/// Waits until a host sees these names wait, in this order.
async fn sees_waiting(host: &Person, names: &[&str]) -> Vec<WaitingGuest> {
    host.wait(&format!("{names:?} wait"), |heard| {
        let waiting: Vec<&str> = heard.waiting.iter().map(|guest| &guest.name[..]).collect();
        (waiting == names).then(|| heard.waiting.clone())
    })
    .await
}

fn let_in(guest: &WaitingGuest) -> Command {
    Command::Admit { guest: guest.id }
}

async fn listed(host: &Person, id: &str) -> InviteInfo {
    let all: Vec<InviteInfo> = host.get(&host.in_session("/invites")).await.json();
    all.into_iter().find(|invite| invite.id.to_string() == id).unwrap()
}

#[tokio::test]
async fn a_guest_gets_nothing_until_a_host_lets_them_in() {
    let debuggee = Debuggee::start(TICKING).await;
    let (server, ada) = session(&debuggee, "").await;
    let (bob, cleo) =
        (ada.brings_collaborator(&server, "Bob").await, ada.brings_watcher(&server, "Cleo").await);
    let (secret, id) = ada.invites(json!({"role": "watcher", "uses": 2, "asks": true})).await;
    assert!(listed(&ada, &id).await.asks);
    let door = server.stranger();
    let nameless = door.post("/api/auth/invite", json!({"secret": secret, "name": "a\u{202e}b"})).await;
    nameless.expect_refused(ErrorCode::NameInvalid);
    let eve = Guest::asks(&server, &secret, " Evelyn ").await;
    let guests = sees_waiting(&ada, &["Evelyn"]).await;
    assert_eq!((guests[0].role, guests[0].invite.to_string()), (Role::Watcher, id.clone()));

    // Nothing of the session is theirs, by whatever they try their token as.
    eve.still_waits().await;
    for browser in [
        eve.browser.clone(),
        server.stranger().with_ticket(&eve.token),
        server.stranger().with_header("authorization", &format!("Bearer {}", eve.token)),
    ] {
        for path in ["/api/me", "/api/sessions", &ada.in_session(""), &ada.in_session("/invites")] {
            let answer = browser.get(path).await;
            assert_eq!(answer.status, 401, "{path}: {}", answer.text);
        }
        for rest in ["/live", "/docs/notes"] {
            assert_eq!(connect(&browser, &ada.in_session(rest)).await.unwrap_err().0, 401);
        }
    }
    // Nor is anything of them anybody's but the hosts'.
    for other in [&bob, &cleo] {
        other.sends(let_in(&guests[0])).await.expect_refused(ErrorCode::NotAllowed);
        let turn_away = Command::TurnAway { guest: guests[0].id, message: None };
        other.sends(turn_away).await.expect_refused(ErrorCode::NotAllowed);
        other.get(&other.in_session("/invites")).await.expect_refused(ErrorCode::NotAllowed);
        other.catches_up_with(&ada).await;
        assert!(other.look(|heard| heard.waiting.is_empty() && heard.waits_ended.is_empty()));
        assert!(!serde_json::to_string(&(other.now(), other.events())).unwrap().contains("Evelyn"));
    }
    assert_eq!(listed(&ada, &id).await.used, 0, "asking uses nothing up");
    // A host who comes back sees who waits.
    let tab = ada.second_tab().await;
    sees_waiting(&tab, &["Evelyn"]).await;

    ada.sends(let_in(&guests[0])).await.done();
    let evelyn = eve.hears().await;
    let me: Me = evelyn.json();
    assert_eq!((&me.participant.name[..], me.participant.role), ("Evelyn", Role::Watcher));
    assert_eq!(me.session, Some(ada.session()));
    let cookies: Vec<_> = evelyn.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap()).collect();
    let of_ticket = cookies.iter().find(|cookie| cookie.starts_with("breakroom_ticket=")).unwrap();
    assert!(of_ticket.contains("HttpOnly") && !evelyn.text.contains(&ticket_of(&evelyn)));
    assert!(cookies.iter().any(|cookie| cookie.starts_with("breakroom_waiting=;")), "{cookies:?}");
    // The answer may have been lost on its way.
    assert_eq!(ticket_of(&eve.hears().await), ticket_of(&evelyn));
    for host in [&ada, &tab] {
        sees_waiting(host, &[]).await;
        let ended = host.look(|heard| heard.waits_ended.clone());
        assert_eq!(
            (ended[0].how, ended[0].by, &ended[0].name[..]),
            (WaitEnd::LetIn, Some(ada.id()), "Evelyn")
        );
    }
    let mut inside = Person::with_ticket(&server, &ticket_of(&evelyn), me.clone());
    inside.enters(ada.session()).await;
    let by = cleo.wait("who let her in", |heard| {
        heard.events.iter().find_map(|envelope| match &envelope.event {
            Event::Admitted { participant } if *participant == me.participant => Some(envelope.by),
            _ => None,
        })
    });
    assert_eq!(by.await, Some(ada.id()));
    cleo.sees_come(me.participant.id).await;
    let invite = listed(&ada, &id).await;
    assert_eq!((invite.used, invite.made_by), (1, Some(ada.id())));
    assert_eq!(invite.came.iter().map(|came| &came.name[..]).collect::<Vec<_>>(), ["Evelyn"]);
}

#[tokio::test]
async fn who_is_turned_away_is_told_and_is_in_no_recording() {
    let debuggee = Debuggee::start(TICKING).await;
    let (server, ada) = session(&debuggee, "").await;
    let (secret, id) = ada.invites(json!({"role": "collaborator", "uses": 5, "asks": true})).await;
    let (one, two) =
        (Guest::asks(&server, &secret, "Mallory").await, Guest::asks(&server, &secret, "Trudy").await);
    let guests = sees_waiting(&ada, &["Mallory", "Trudy"]).await;
    let turn_away = |guest: GuestId, message: Option<&str>| Command::TurnAway {
        guest,
        message: message.map(str::to_owned),
    };
    ada.sends(turn_away(guests[0].id, Some(&"x".repeat(201)))).await.expect_refused(ErrorCode::TooLarge);
    ada.sends(turn_away(guests[0].id, Some("a\u{1b}[2J"))).await.expect_refused(ErrorCode::BadMessage);
    ada.sends(turn_away(guests[0].id, Some("We are full today."))).await.done();
    let said = one.hears().await.expect_refused(ErrorCode::TurnedAway);
    assert!(said.ends_with("says: We are full today."), "{said}");
    ada.sends(turn_away(guests[1].id, None)).await.done();
    two.hears().await.expect_refused(ErrorCode::TurnedAway);
    // It is told again, to a page that is loaded anew.
    one.stands().await.expect_refused(ErrorCode::TurnedAway);
    let again = ada.sends(turn_away(guests[1].id, None)).await.expect_refused(ErrorCode::NoSuchGuest);
    assert_eq!(again, "Ada has turned Trudy away already.");
    ada.sends(let_in(&guests[1])).await.expect_refused(ErrorCode::NoSuchGuest);
    let invite = listed(&ada, &id).await;
    assert_eq!((invite.used, invite.came.len()), (0, 0));
    ada.says("are they in?").await.done();
    let recorded = ada.get(&ada.in_session("/events?from=1")).await.text;
    assert!(recorded.contains("are they in?") && !recorded.contains("Mallory"), "{recorded}");

    // Tokens that are nobody's.
    for forged in ["", "x", &"A".repeat(43), &secret, &format!("{}x", one.token)] {
        let browser = server.stranger().with_header("cookie", &format!("breakroom_waiting={forged}"));
        browser.post("/api/auth/waiting", json!({})).await.expect_refused(ErrorCode::NotWaiting);
        browser.delete("/api/auth/waiting").await.is_good();
    }
    server.stranger().post("/api/auth/waiting", json!({})).await.expect_refused(ErrorCode::NotFound);
    let foreign = one.browser.with_header("origin", "http://evil.example");
    foreign.post("/api/auth/waiting", json!({})).await.expect_refused(ErrorCode::ForeignOrigin);
    foreign.delete("/api/auth/waiting").await.expect_refused(ErrorCode::ForeignOrigin);
}

#[tokio::test]
async fn waiting_ends_with_the_invite() {
    let debuggee = Debuggee::start(TICKING).await;
    let (server, ada) = session(&debuggee, "").await;
    let asking = json!({"role": "watcher", "uses": 5, "asks": true});
    let (secret, id) = ada.invites(asking.clone()).await;
    let (other, _) = ada.invites(asking.clone()).await;
    let (eve, bystander) =
        (Guest::asks(&server, &secret, "Eve").await, Guest::asks(&server, &other, "Bo").await);
    let guests = sees_waiting(&ada, &["Eve", "Bo"]).await;
    ada.delete(&ada.in_session(&format!("/invites/{id}"))).await.is_good();
    eve.hears().await.expect_refused(ErrorCode::InviteRevoked);
    sees_waiting(&ada, &["Bo"]).await;
    ada.sends(let_in(&guests[0])).await.expect_refused(ErrorCode::NoSuchGuest);
    bystander.still_waits().await;
    let door = server.stranger();
    let again = door.post("/api/auth/invite", json!({"secret": secret, "name": "Eve"})).await;
    again.expect_refused(ErrorCode::InviteRevoked);

    // One that expires in a moment: as if most of its time had passed.
    let (secret, id) = ada.invites(asking).await;
    let soon = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_secs(8);
    let url = format!("sqlite://{}", server.database().display());
    let mut database = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query("UPDATE invites SET expires_at = ? WHERE id = ?")
        .bind(i64::try_from(soon.as_millis()).unwrap())
        .bind(&id)
        .execute(&mut database)
        .await
        .unwrap();
    let late = Guest::asks(&server, &secret, "Late").await;
    late.hears().await.expect_refused(ErrorCode::InviteExpired);
    sees_waiting(&ada, &["Bo"]).await;
}

#[tokio::test]
async fn waiting_ends_when_nobody_decides_and_with_the_session_and_the_server() {
    let debuggee = Debuggee::start(TICKING).await;
    let (server, ada) = session(&debuggee, "guest_waits_s = 1").await;
    let (secret, _) = ada.invites(json!({"role": "watcher", "uses": 5, "asks": true})).await;
    let eve = Guest::asks(&server, &secret, "Eve").await;
    let said = eve.hears().await.expect_refused(ErrorCode::NobodyDecided);
    assert!(said.contains("ask again"), "{said}");
    sees_waiting(&ada, &[]).await;
    drop((ada, server));

    let debuggee = Debuggee::start(TICKING).await;
    let (mut server, ada) = session(&debuggee, "").await;
    let (secret, _) = ada.invites(json!({"role": "watcher", "uses": 5, "asks": true})).await;
    let eve = Guest::asks(&server, &secret, "Eve").await;
    let (told, ended) = tokio::join!(eve.hears(), ada.sends(Command::End));
    ended.done();
    told.expect_refused(ErrorCode::SessionEnded);
    ada.sees_end().await;
    let door = server.stranger();
    let late = door.post("/api/auth/invite", json!({"secret": secret, "name": "Eve"})).await;
    late.expect_refused(ErrorCode::SessionEnded);

    let row: Value = ada.post("/api/sessions", json!({"target": "app"})).await.json();
    let mut ada = Person::with_ticket(&server, ada.browser.ticket.as_deref().unwrap(), ada.me.clone());
    ada.enters(row["id"].as_str().unwrap().parse::<SessionId>().unwrap()).await;
    let (secret, _) = ada.invites(json!({"role": "watcher", "uses": 5, "asks": true})).await;
    let bo = Guest::asks(&server, &secret, "Bo").await;
    sees_waiting(&ada, &["Bo"]).await;
    let hears = tokio::spawn(async move { bo.hears().await });
    assert!(server.stop().await.success(), "a page that waits doesn't keep the server from going down");
    // One that asks in that very moment finds nobody there.
    if let Ok(told) = hears.await {
        told.expect_refused(ErrorCode::SessionEnded);
    }
}

#[tokio::test]
async fn a_killed_server_has_forgotten_who_waited() {
    let debuggee = Debuggee::start(TICKING).await;
    let launch = Launch::share(&debuggee.address()).argument("--ask").on_fixed_port();
    let mut server = launch.clone().start().await;
    let ada = server.host_inside("Ada").await;
    let eve = Guest::asks(&server, server.invite_secret(), "Eve").await;
    sees_waiting(&ada, &["Eve"]).await;
    server.kill9().await;
    let again = launch.on_data(&server.data_folder()).start().await;
    let said = eve.stands().await.expect_refused(ErrorCode::NotWaiting);
    assert!(said.contains("Open the invite link again"), "{said}");
    let host = again.host_inside_beside("Ben").await;
    let eve = Guest::asks(&again, again.invite_secret(), "Eve").await;
    let guests = sees_waiting(&host, &["Eve"]).await;
    host.sends(let_in(&guests[0])).await.done();
    eve.comes_in(&again).await.get("/api/me").await.is_good();
}

#[tokio::test]
async fn uses_are_counted_once_and_one_of_two_hosts_wins() {
    let debuggee = Debuggee::start(TICKING).await;
    let (server, ada) = session(&debuggee, "").await;
    let tab = ada.second_tab().await;
    let (secret, id) = ada.invites(json!({"role": "watcher", "uses": 1, "asks": true})).await;
    let (eve, bo) = (Guest::asks(&server, &secret, "Eve").await, Guest::asks(&server, &secret, "Bo").await);
    let guests = sees_waiting(&ada, &["Eve", "Bo"]).await;
    sees_waiting(&tab, &["Eve", "Bo"]).await;
    let (one, two) = tokio::join!(ada.sends(let_in(&guests[0])), tab.sends(let_in(&guests[0])));
    let (won, lost) = if one.0.is_ok() { (one, two) } else { (two, one) };
    won.done();
    let why = lost.expect_refused(ErrorCode::NoSuchGuest);
    assert!(why.starts_with("Ada ") && why.contains("Eve in"), "{why}");
    let mut eve = eve.comes_in(&server).await;
    eve.enters(ada.session()).await;
    // The one use is gone: who waits by the same link can't come in any more.
    bo.hears().await.expect_refused(ErrorCode::InviteUsedUp);
    sees_waiting(&ada, &[]).await;
    let invite = listed(&ada, &id).await;
    assert_eq!((invite.used, invite.came.len()), (1, 1));
    // Revoking it throws her out, as by any invite.
    ada.delete(&ada.in_session(&format!("/invites/{id}"))).await.is_good();
    eve.is_out(breakroom_protocol::CloseCode::TicketEnded).await;
}

#[tokio::test]
async fn who_was_let_in_and_did_not_hear_of_it_opens_the_link_again() {
    let debuggee = Debuggee::start(TICKING).await;
    let (server, ada) = session(&debuggee, "").await;
    let asking = |uses: u32| json!({"role": "watcher", "uses": uses, "asks": true});
    for uses in [1, 5] {
        let (secret, id) = ada.invites(asking(uses)).await;
        let (other, _) = ada.invites(asking(5)).await;
        let eve = Guest::asks(&server, &secret, "Eve").await;
        let bo = Guest::asks(&server, &other, "Bo").await;
        let guests = sees_waiting(&ada, &["Eve", "Bo"]).await;
        ada.sends(let_in(&guests[0])).await.done();
        sees_waiting(&ada, &["Bo"]).await;
        // Nobody else is her.
        let opens = async |browser: &Browser, secret: &str| {
            browser.post("/api/auth/invite", json!({"secret": secret, "name": "Eve"})).await
        };
        for foreign in [server.stranger(), server.stranger().with_header("cookie", "breakroom_waiting=x")] {
            let answer = opens(&foreign, &secret).await;
            if uses == 1 {
                answer.expect_refused(ErrorCode::InviteUsedUp);
            } else {
                assert_eq!(answer.status, 202, "{}", answer.text);
                let cookie = format!("breakroom_waiting={}", waiting_cookie(&answer));
                server.stranger().with_header("cookie", &cookie).delete("/api/auth/waiting").await.is_good();
            }
        }
        let again = opens(&eve.browser, &format!(" {secret}")).await;
        assert_eq!(again.status, 200, "{}", again.text);
        let me: Me = again.json();
        assert_eq!((&me.participant.name[..], me.session), ("Eve", Some(ada.session())));
        assert_eq!(ticket_of(&eve.hears().await), ticket_of(&again), "it is the one that was made for her");
        let invite = listed(&ada, &id).await;
        assert_eq!((invite.used, invite.came.len()), (1, 1));
        // Whoever still waits asks anew, also if it is by a link that somebody was let in by.
        if uses == 1 {
            opens(&bo.browser, &secret).await.expect_refused(ErrorCode::InviteUsedUp);
            bo.still_waits().await;
            bo.browser.delete("/api/auth/waiting").await.is_good();
            sees_waiting(&ada, &[]).await;
            // Another invite's link is another invite's, though she was let in.
            assert_eq!(opens(&eve.browser, &other).await.status, 202);
            sees_waiting(&ada, &["Eve"]).await;
            let mine = listed(&ada, &guests[1].invite.to_string()).await;
            assert_eq!(mine.used, 0);
            let waiting = sees_waiting(&ada, &["Eve"]).await;
            ada.sends(Command::TurnAway { guest: waiting[0].id, message: None }).await.done();
        } else {
            // Who was thrown out is not in by it.
            ada.delete(&ada.in_session(&format!("/invites/{id}"))).await.is_good();
            opens(&eve.browser, &secret).await.expect_refused(ErrorCode::InviteRevoked);
        }
    }
}

#[tokio::test]
async fn who_waits_by_a_removed_guests_invite_is_told_that_it_is_used_up() {
    let debuggee = Debuggee::start(TICKING).await;
    let (server, ada) = session(&debuggee, "").await;
    let asking = json!({"role": "watcher", "uses": 5, "asks": true});
    let (secret, _) = ada.invites(asking.clone()).await;
    let (other, _) = ada.invites(asking).await;
    let mallory = Guest::asks(&server, &secret, "Mallory").await;
    let guests = sees_waiting(&ada, &["Mallory"]).await;
    ada.sends(let_in(&guests[0])).await.done();
    let mut mallory = mallory.comes_in(&server).await;
    mallory.enters(ada.session()).await;
    ada.sees_come(mallory.id()).await;
    let (eve, bo) = (Guest::asks(&server, &secret, "Eve").await, Guest::asks(&server, &other, "Bo").await);
    sees_waiting(&ada, &["Eve", "Bo"]).await;
    ada.sends(Command::Remove { participant: mallory.id() }).await.done();
    eve.hears().await.expect_refused(ErrorCode::InviteUsedUp);
    sees_waiting(&ada, &["Bo"]).await;
    bo.still_waits().await;
}

#[tokio::test]
async fn an_invite_is_revoked_by_hosts_of_its_session_only() {
    let (first, second) = (Debuggee::start(TICKING).await, Debuggee::start(TICKING).await);
    let server = Server::serve(&format!(
        "[limits]\nattempts_per_minute = 1000\n[[targets]]\nname = 'a'\naddress = '{}'\n\
         [[targets]]\nname = 'b'\naddress = '{}'\n",
        first.address(),
        second.address()
    ))
    .await;
    let mut ada = server.host("Ada").await;
    let mut ben = Person::with_ticket(&server, ada.browser.ticket.as_deref().unwrap(), ada.me.clone());
    for (host, target) in [(&mut ada, "a"), (&mut ben, "b")] {
        let row: Value = host.post("/api/sessions", json!({"target": target})).await.json();
        host.enters(row["id"].as_str().unwrap().parse().unwrap()).await;
    }
    let (secret, id) = ben.invites(json!({"role": "watcher", "asks": true})).await;
    let eve = Guest::asks(&server, &secret, "Eve").await;
    sees_waiting(&ben, &["Eve"]).await;
    let of_another = ada.delete(&ada.in_session(&format!("/invites/{id}"))).await;
    of_another.expect_refused(ErrorCode::NotFound);
    ben.says("after that").await.done();
    eve.still_waits().await;
    sees_waiting(&ben, &["Eve"]).await;
    ben.delete(&ben.in_session(&format!("/invites/{id}"))).await.is_good();
    eve.hears().await.expect_refused(ErrorCode::InviteRevoked);
}

#[tokio::test]
async fn the_list_is_bounded_and_one_browser_is_one_guest() {
    let debuggee = Debuggee::start(TICKING).await;
    let (server, ada) = session(&debuggee, "").await;
    let (secret, _) = ada.invites(json!({"role": "watcher", "uses": 100, "asks": true})).await;
    let first = Guest::asks(&server, &secret, "Eve").await;
    let second = Guest::in_browser(first.browser.clone(), &secret, "Eva").await;
    sees_waiting(&ada, &["Eva"]).await;
    first.stands().await.expect_refused(ErrorCode::NotWaiting);
    second.still_waits().await;
    let mut all = vec![second];
    for _ in 1..10 {
        all.push(Guest::asks(&server, &secret, "Eve").await);
    }
    let door = server.stranger();
    let ask = json!({"secret": secret, "name": "Mallory"});
    door.post("/api/auth/invite", ask.clone()).await.expect_refused(ErrorCode::TooManyWait);
    // Another link's guests have places of their own.
    let (other, _) = ada.invites(json!({"role": "watcher", "asks": true})).await;
    Guest::asks(&server, &other, "Bo").await;
    // Who waits no longer makes room.
    all[3].browser.delete("/api/auth/waiting").await.is_good();
    all[3].stands().await.expect_refused(ErrorCode::NotWaiting);
    let names: Vec<&str> = ["Eva"].into_iter().chain(std::iter::repeat_n("Eve", 8)).chain(["Bo"]).collect();
    sees_waiting(&ada, &names).await;
    let ended = ada.look(|heard| heard.waits_ended.last().map(|ended| ended.how));
    assert_eq!(ended, Some(WaitEnd::Left));
    assert_eq!(door.post("/api/auth/invite", ask).await.status, 202);
    // A token's questions are bounded as well.
    let asks = || all[0].browser.post("/api/auth/waiting", json!({"within_s": 10}));
    let (a, b, c, d, e) = tokio::join!(asks(), asks(), asks(), asks(), asks());
    let refused: Vec<_> = [a, b, c, d, e].into_iter().filter(|answer| answer.status != 202).collect();
    assert_eq!(refused.len(), 1);
    refused[0].expect_refused(ErrorCode::TooFast);
}

#[tokio::test]
async fn an_editor_waits_too_and_is_let_in() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Launch::share(&debuggee.address()).argument("--ask").start().await;
    let ada = server.host_inside("Ada").await;
    let url = server.invite_url();
    let decides = async || {
        let guests = sees_waiting(&ada, &["Vim"]).await;
        ada.sends(let_in(&guests[0])).await.done();
    };
    let (join, ()) = tokio::join!(Join::start(&url, "Vim", &[]), decides());
    let editor = join.editor().await;
    until("the editor is in the room", async || {
        ada.now().people.values().any(|person| person.present && person.participant.name == "Vim")
    })
    .await;
    drop(editor);
    let turns_away = async || {
        let guests = sees_waiting(&ada, &["Emacs"]).await;
        let message = Some("Not today.".to_owned());
        ada.sends(Command::TurnAway { guest: guests[0].id, message }).await.done();
    };
    let arguments = [&url[..], "--stdio", "--name", "Emacs"];
    let ((status, said), ()) = tokio::join!(Join::ends(&arguments), turns_away());
    assert!(!status.success() && said.contains("says: Not today."), "{said}");
}
