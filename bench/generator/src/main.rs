//! Thousands of simulated browsers in one thread, for measuring an engine that is another process. Its one
//! argument is the SRTP profile that they offer, such as `AES_CM_128_HMAC_SHA1_80`. Reads one JSON order per
//! line from stdin and answers each with one line on stdout:
//!
//! - `{"do": "describe", "count": N, "codec": "PCMU", "setup": "actpass"}`: new parties, two a call;
//!   answers `{"sdp": [...]}`, offers or (with `"setup": "active"`) answers. `"level": true` offers the audio level,
//!   `"events": true` telephone events; `"described_keys": true` has keys in the SDP, and neither DTLS nor ICE.
//! - `{"do": "connect", "sdp": [...], "limit_s": 30}`: what the engine sent to the parties that have no
//!   peer yet, in order; answers once all have keys, or the limit has passed.
//! - `{"do": "run", "seconds": 10, "warm_s": 2, "pid": P, "marked": true}`: sound both ways; answers
//!   what arrived, how late, and how much CPU time process P took meanwhile. Packets that an engine relays
//!   as they are can be marked with the moment they were sent; others are matched by their timestamps.
//!   With `"talk": "conversation"` each party speaks 45 % of the time.
//!   With `"talk": "conference", "room": 100, "speakers": 3` that many of each so many speak, the others send
//!   noise of -60 dBov, and each packet that arrives is late by what it lags behind its own timestamp. The answer
//!   has the level of what each party in `"listen": [N, ...]` heard, in dBov.
//! - `{"do": "bursts", "room": 3, "seconds": 4, "warm_s": 2}`: the first of each three sends bursts; answers after
//!   how long the others heard each.
//! - `{"do": "press"}`: each party presses a key; answers how long it had sound after that.
//! - `{"do": "recite", "wide": FILE, "narrow": FILE}`: the first two parties say what the files hold, 16-bit
//!   samples at 48 and at 8 kHz; answers `{"decoded": [[...], [...]]}`, samples at 8 kHz.
//! - `{"do": "forget"}`: all parties are gone.

mod bursts;
mod connect;
mod delays;
mod dtls;
mod gaps;
mod key;
mod party;
mod press;
mod recite;
mod rtp;
mod scene;
mod sdp;
mod socket;
mod speech;
mod srtp;
mod timeline;
mod traffic;

use std::io::{BufRead, Write};
use std::time::Duration;

use serde_json::{Value, json};

use crate::party::Parties;
use crate::scene::{Scene, Speakers};
use crate::sdp::{Kind, Setup};
use crate::speech::{Codec, Talk};
use crate::srtp::Profile;
use crate::traffic::{Run, Timing};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let name = std::env::args().nth(1).unwrap_or_else(|| Profile::Aes256Gcm.name().to_owned());
    let mut parties = Parties::new(Profile::named(&name).ok_or("unknown SRTP profile")?)?;
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let answer = obey(&mut parties, &serde_json::from_str(&line?)?)
            .unwrap_or_else(|error| json!({ "error": error.to_string() }));
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn obey(parties: &mut Parties, order: &Value) -> Result<Value, Failure> {
    let seconds = |name: &str| order.get(name).and_then(Value::as_f64).unwrap_or(0.0);
    let text = |name: &str| order.get(name).and_then(Value::as_str).unwrap_or_default();
    let flag = |name: &str| order.get(name).and_then(Value::as_bool).unwrap_or(false);
    let number = |name: &str| order.get(name).and_then(Value::as_u64).unwrap_or(0) as usize;
    let speakers = Speakers::Some { speakers: number("speakers"), of: number("room") };
    match text("do") {
        "describe" => {
            let count = number("count");
            let codec = Codec::named(text("codec")).ok_or("codec must be opus or PCMU")?;
            let setup = Setup::named(text("setup")).ok_or("setup must be actpass or active")?;
            let kind = Kind {
                codec,
                setup,
                level: flag("level"),
                events: flag("events"),
                described_keys: flag("described_keys"),
            };
            Ok(json!({ "sdp": parties.add(count, kind)? }))
        }
        "connect" => {
            let all = order.get("sdp").and_then(Value::as_array).ok_or("sdp must be a list")?;
            let all: Vec<_> = all.iter().filter_map(Value::as_str).collect();
            parties.accept(&all)?;
            parties.connect(Duration::from_secs_f64(seconds("limit_s")))
        }
        "run" => {
            let pid = order.get("pid").and_then(Value::as_u64).ok_or("pid must be a number")?;
            let (scene, timing) = scene_of(text("talk"), speakers, flag("marked"))?;
            let listen = order.get("listen").and_then(Value::as_array);
            let listen = listen.into_iter().flatten().filter_map(Value::as_u64);
            let run = Run {
                length: Duration::from_secs_f64(seconds("seconds")),
                warm: Duration::from_secs_f64(seconds("warm_s")),
                pid,
                timing,
                listen: listen.map(|n| n as usize).collect(),
            };
            parties.run(&run, &scene)
        }
        "bursts" => parties.bursts(
            &Scene::bursts(Speakers::Some { speakers: 1, of: number("room") })?,
            number("room"),
            Duration::from_secs_f64(seconds("warm_s")),
            Duration::from_secs_f64(seconds("seconds")),
        ),
        "press" => parties.press(&Scene::conference(Speakers::Some { speakers: 0, of: 1 })?),
        "recite" => parties.recite(text("wide"), text("narrow")),
        "forget" => {
            *parties = Parties::new(parties.dtls.profile)?;
            Ok(json!({}))
        }
        other => Err(format!("cannot do {other:?}").into()),
    }
}

/// What is said in such a talk, and how delays are known.
fn scene_of(talk: &str, speakers: Speakers, marked: bool) -> Result<(Scene, Timing), Failure> {
    Ok(match talk {
        "conference" => (Scene::conference(speakers)?, Timing::Own),
        "conversation" => (Scene::of(Talk::Conversation)?, Timing::Sparse),
        _ if marked => (Scene::of(Talk::Continuous)?, Timing::Marked),
        _ => (Scene::of(Talk::Continuous)?, Timing::Matched),
    })
}
