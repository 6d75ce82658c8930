//! Thousands of simulated browsers in one thread, for measuring an engine that is another process. Reads
//! one JSON order per line from stdin and answers each with one line on stdout:
//!
//! - `{"do": "describe", "count": N, "codec": "PCMU", "setup": "actpass"}`: new parties, two a call;
//!   answers `{"sdp": [...]}`, offers or (with `"setup": "active"`) answers.
//! - `{"do": "connect", "sdp": [...], "limit_s": 30}`: what the engine said to the parties that have no
//!   peer yet, in order; answers once all have keys, or the limit has passed.
//! - `{"do": "run", "seconds": 10, "warm_s": 2, "pid": P, "timed": true}`: sound both ways; answers
//!   what arrived, how much CPU time process P took meanwhile and, if timed, how late packets were;
//!   that needs an engine that relays them as they are.
//! - `{"do": "forget"}`: all parties are gone.

mod connect;
mod delays;
mod party;
mod sdp;
mod socket;
mod sound;
mod srtp;
mod traffic;

use std::io::{BufRead, Write};
use std::time::Duration;

use serde_json::{Value, json};

use crate::party::Parties;
use crate::sdp::Setup;
use crate::sound::Codec;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut parties = Parties::new()?;
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
            let (length, warm) = (seconds("seconds"), seconds("warm_s"));
            let timed = order.get("timed").and_then(Value::as_bool).unwrap_or(false);
            let (length, warm) = (Duration::from_secs_f64(length), Duration::from_secs_f64(warm));
            parties.run(length, warm, pid, timed)
        }
        "forget" => {
            *parties = Parties::new()?;
            Ok(json!({}))
        }
        other => Err(format!("cannot do {other:?}").into()),
    }
}
