//! A whole Home Assistant as the program that is debugged, with an integration of somebody's own in it: at a breakpoint the
//! house stands still and people look around, snap points let it live on.

use crate::programs::line;
use crate::support::{Person, Server, until};
use breakroom_protocol::room::DocName;
use breakroom_protocol::{Command, EntryId, Event, SessionRow, Snap, Variable};
use breakroom_test_support::home_assistant::HomeAssistant;
use breakroom_test_support::port::FreePort;
use serde_json::{Value, json};
use std::path::Path;

const INTEGRATION: &str = include_str!("programs/attic/__init__.py");

/// A house whose debugger is started as its documentation says; debugpy's port.
async fn house() -> (HomeAssistant, FreePort) {
    let port = FreePort::find();
    let attic = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/e2e/programs/attic");
    let yaml = format!("attic:\ndebugpy:\n  start: true\n  host: 127.0.0.1\n  port: {}\n", port.number());
    (HomeAssistant::builder().custom_component(attic).config_extra(&yaml).start().await, port)
}

/// A request as the homeowner; the answer.
async fn asks(house: &HomeAssistant, path: &str, body: Option<Value>) -> Value {
    let url = format!("{}/api/{path}", house.url());
    let http = reqwest::Client::builder().timeout(crate::support::PATIENCE).build().unwrap();
    let request = body.map_or_else(|| http.get(&url), |body| http.post(&url).json(&body));
    let answer = request.bearer_auth(house.owner_token()).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.json().await.unwrap()
}

/// Airs the attic; what the fans do then.
async fn airs(house: &HomeAssistant, minutes: u32) -> Value {
    let changed = asks(house, "services/attic/air", Some(json!({ "minutes": minutes }))).await;
    let fans = changed.as_array().unwrap().iter().find(|state| state["entity_id"] == "attic.fans");
    fans.unwrap_or_else(|| panic!("no fans in {changed}"))["attributes"].clone()
}

async fn expands(person: &Person, value: &Variable) -> Vec<Variable> {
    let variables = value.variables.expect("it can be looked into");
    person.sends(Command::Variables { stop: person.stop(), variables }).await.done();
    person.now().stop.unwrap().variables[&variables].items.clone()
}

fn named<'a>(items: &'a [Variable], name: &str) -> &'a Variable {
    let names = || items.iter().map(|item| item.name.as_str()).collect::<Vec<_>>();
    items.iter().find(|item| item.name == name).unwrap_or_else(|| panic!("{name}: {:?}", names()))
}

#[tokio::test]
async fn a_house_is_stopped_in_an_action_watched_as_it_lives_and_runs_on() {
    let (house, port) = house().await;
    let config = format!(
        "[home_assistant]\nurl = '{}'\nrecheck_every_s = 1\n[[targets]]\nname = 'house'\naddress = '{}'\n",
        house.url(),
        port.address()
    );
    let server = Server::serve(&config).await;
    let signs_in =
        async |token: &str| Person::signs_in(&server, "/api/auth/token", json!({"token": token})).await;
    let (mut ada, mut bob) = (signs_in(house.owner_token()).await, signs_in(house.user_token()).await);
    let row: SessionRow = ada.post("/api/sessions", json!({"target": "house"})).await.json();
    ada.enters(row.info.id).await;
    bob.enters(row.info.id).await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    let file = house.config_dir().canonicalize().unwrap().join("custom_components/attic/__init__.py");
    let breakpoints = ada.opens(DocName::Breakpoints).await;
    breakpoints.sets("aired", &file, line(INTEGRATION, "# aired"), &[]).await;
    let holds = |id: &'static str| {
        move |now: &breakroom_protocol::Snapshot| {
            now.breakpoints.get(&EntryId::from(id)).is_some_and(|it| it.verified == Some(true))
        }
    };
    ada.sees("the breakpoint holds", holds("aired")).await;

    let look_around = async {
        let stop = ada.sees_stop_at("attic/__init__.py", line(INTEGRATION, "# aired")).await;
        for person in [&bob, &eve] {
            assert_eq!(person.sees_stop_at("attic/__init__.py", line(INTEGRATION, "# aired")).await, stop);
            assert_eq!(person.local("minutes").unwrap().value, "7");
        }
        // Each looks at something else, at once; the house that vouches for them stands still meanwhile.
        let pages = async {
            let variables = eve.local("fans").unwrap().variables.unwrap();
            eve.sends(Command::Page { stop, variables, start: 1100, count: 100 }).await.done();
            let views = eve.now().stop.unwrap().variables;
            let page = views[&variables].pages.iter().find(|page| page.start == 1100).unwrap().clone();
            assert_eq!((page.items.len(), &*page.items[99].value), (100, "{'fan': 1199, 'minutes': 7}"));
        };
        let coordinator = async {
            let attic = expands(&bob, &bob.local("attic").unwrap()).await;
            let data = expands(&bob, named(&attic, "data")).await;
            let humidity: u32 = named(&data, "'humidity'").value.parse().unwrap();
            assert!((40..60).contains(&humidity), "{humidity}");
            let house = expands(&bob, &bob.local("hass").unwrap()).await;
            assert!(named(&house, "states").variables.is_some());
        };
        let code = async {
            ada.evaluates("[s.entity_id for s in hass.states.async_all('sensor')]").await.done();
            let evaluated = ada.now().evaluations.last().unwrap().outcome.clone();
            assert!(format!("{evaluated:?}").contains("sensor.attic_humidity"), "{evaluated:?}");
        };
        tokio::join!(pages, coordinator, code);
        ada.step_over().await.done();
        for person in [&ada, &bob] {
            person.sees_stop_at("attic/__init__.py", line(INTEGRATION, "# aired") + 1).await;
        }
        bob.says("enough fans").await.done();
        breakpoints.removes("aired").await;
        ada.sees("no breakpoint", |now| now.breakpoints.is_empty()).await;
        ada.continues().await.done();
    };
    let (fans, ()) = tokio::join!(airs(&house, 7), look_around);
    assert_eq!((&fans["minutes"], &fans["fans"]), (&json!(7), &json!(1200)));
    eve.sees_running().await;

    // Now it is watched as it lives, and answers whoever asks.
    let stops = ada.count("stopped");
    breakpoints.snaps("polled", &file, line(INTEGRATION, "# polled"), &[]).await;
    let snaps = |person: &Person| -> Vec<Snap> {
        let of = |event: Event| if let Event::Snap { snap } = event { Some(snap) } else { None };
        person.events().into_iter().filter_map(|envelope| of(envelope.event)).collect()
    };
    let mut answered = 0;
    until("three polls are captured", async || {
        asks(&house, "states/sensor.attic_humidity", None).await;
        answered += 1;
        snaps(&eve).len() >= 3
    })
    .await;
    assert!(answered > 3, "{answered}");
    let polls: Vec<u32> = snaps(&eve)
        .iter()
        .map(|snap| {
            let locals = &snap.frames[0].locals;
            let measured = &locals.iter().find(|local| local.name == "measured").unwrap().value;
            let (polls, _) = measured.strip_prefix("{'polls': ").unwrap().split_once(',').unwrap();
            polls.parse().unwrap()
        })
        .collect();
    assert!(polls.windows(2).all(|pair| pair[1] == pair[0] + 1), "each poll, and none twice: {polls:?}");
    assert_eq!(ada.count("stopped"), stops);

    // All who came in are still here; the session ends, and the house is what it was.
    bob.says("all is well").await.done();
    ada.post(&ada.in_session("/end"), json!({})).await.is_good();
    eve.sees_end().await;
    assert_eq!(airs(&house, 3).await["minutes"], 3);
    assert_eq!(house.ws_call(json!({"type": "get_config"})).await["state"], "RUNNING");
    let failed = |line: &&str| line.contains("ERROR") && line.contains("attic");
    assert_eq!(house.log().lines().find(failed), None);
}
