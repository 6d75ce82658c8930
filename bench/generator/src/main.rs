//! Thousands of simulated browsers in one thread, for measuring an engine that is another process. Its one
//! argument is the SRTP profile that they offer, such as `AES_CM_128_HMAC_SHA1_80`. Reads one JSON order per
//! line from stdin and answers each with one line on stdout:
//!
//! - `{"do": "describe", "count": N, "codec": "PCMU", "setup": "actpass"}`: new parties, two a call;
//!   answers `{"sdp": [...]}`, offers or (with `"setup": "active"`) answers.
//! - `{"do": "connect", "sdp": [...], "limit_s": 30}`: what the engine sent to the parties that have no
//!   peer yet, in order; answers once all have keys, or the limit has passed.
//! - `{"do": "run", "seconds": 10, "warm_s": 2, "pid": P, "marked": true}`: sound both ways; answers
//!   what arrived, how late, and how much CPU time process P took meanwhile. Packets that an engine relays
//!   as they are can be marked with the moment they were sent; others are matched by their timestamps.
//!   With `"talk": "conversation"` each party speaks 45 % of the time.
//! - `{"do": "recite", "wide": FILE, "narrow": FILE}`: the first two parties say what the files hold, 16-bit
//!   samples at 48 and at 8 kHz; answers `{"decoded": [[...], [...]]}`, samples at 8 kHz.
//! - `{"do": "forget"}`: all parties are gone.

mod connect;
mod delays;
mod dtls;
mod gaps;
mod party;
mod recite;
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
use crate::sdp::Setup;
use crate::speech::{Codec, Talk};
use crate::srtp::Profile;
use crate::traffic::Run;

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
    match text("do") {
        "describe" => {
            let count = order.get("count").and_then(Value::as_u64).unwrap_or(0);
            let codec = Codec::named(text("codec")).ok_or("codec must be opus or PCMU")?;
            let setup = Setup::named(text("setup")).ok_or("setup must be actpass or active")?;
            Ok(json!({ "sdp": parties.add(count as usize, codec, setup)? }))
        }
        "connect" => {
            let all = order.get("sdp").and_then(Value::as_array).ok_or("sdp must be a list")?;
            let all: Vec<_> = all.iter().filter_map(Value::as_str).collect();
            parties.accept(&all)?;
            parties.connect(Duration::from_secs_f64(seconds("limit_s")))
        }
        "run" => {
            let pid = order.get("pid").and_then(Value::as_u64).ok_or("pid must be a number")?;
            let talk = match text("talk") {
                "conversation" => Talk::Conversation,
                _ => Talk::Continuous,
            };
            parties.run(&Run {
                length: Duration::from_secs_f64(seconds("seconds")),
                warm: Duration::from_secs_f64(seconds("warm_s")),
                pid,
                marked: order.get("marked").and_then(Value::as_bool).unwrap_or(false),
                talk,
            })
        }
        "recite" => parties.recite(text("wide"), text("narrow")),
        "forget" => {
            *parties = Parties::new(parties.dtls.profile)?;
            Ok(json!({}))
        }
        other => Err(format!("cannot do {other:?}").into()),
    }
}
