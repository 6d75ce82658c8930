//! What `spec/sdp` says about the descriptions in it, replayed.

use std::fs;
use std::path::{Path, PathBuf};

use toml::Table;

use super::tests::{config, lite};
use super::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/sdp")
}

/// Every example: its name, its text and its facts.
fn examples() -> Vec<(String, String, Table)> {
    let mut names: Vec<_> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "sdp"))
        .collect();
    names.sort();
    let read = |path: PathBuf| {
        let facts = fs::read_to_string(path.with_extension("toml")).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, fs::read_to_string(&path).unwrap(), facts.parse().unwrap())
    };
    names.into_iter().map(read).collect()
}

fn has(text: &str, line: &str) -> bool {
    text.lines().any(|known| known == line)
}

fn check_answer(name: &str, answer: &str, facts: &Table) {
    let word = |key: &str| facts[key].as_str().unwrap().to_owned();
    let expected = [
        format!("a=setup:{}", word("setup")),
        format!("a=mid:{}", word("mid")),
        format!("a={}", word("direction")),
        "a=rtcp-mux".to_owned(),
        "a=ice-lite".to_owned(),
    ];
    for line in expected {
        assert!(has(answer, &line), "{name}: no {line} in\n{answer}");
    }
    let group =
        facts.get("group").and_then(|v| v.as_str()).map_or_else(|| word("mid"), str::to_owned);
    let group = format!("a=group:BUNDLE {group}");
    assert_eq!(has(answer, &group), facts["bundled"].as_bool().unwrap(), "{name}");
    let media: Vec<_> = answer.lines().filter_map(|line| line.strip_prefix("m=")).collect();
    let sections: Vec<String> = media
        .iter()
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .map(|section| section.replace(" 5000", ""))
        .collect();
    let stated: Vec<_> = facts["sections"].as_array().unwrap().iter().collect();
    assert_eq!(sections, stated.iter().map(|v| v.as_str().unwrap()).collect::<Vec<_>>(), "{name}");
    check_transports(name, answer);
    let level = facts.get("audio_level").and_then(|v| v.as_str());
    let level = level.map(|id| format!("a=extmap:{id} {}", crate::negotiation::AUDIO_LEVEL));
    let extensions: Vec<_> = answer.lines().filter(|line| line.starts_with("a=extmap:")).collect();
    assert_eq!(extensions, level.as_deref().into_iter().collect::<Vec<_>>(), "{name}");
    let audio = media.iter().find(|line| line.starts_with("audio 5000 ")).unwrap();
    let formats: Vec<i64> = audio.split(' ').skip(3).map(|n| n.parse().unwrap()).collect();
    let stated = facts["formats"].as_array().unwrap();
    assert_eq!(
        formats,
        stated.iter().map(|v| v.as_integer().unwrap()).collect::<Vec<_>>(),
        "{name}"
    );
}

/// Sections that are not rejected have one transport, and all of them say so.
fn check_transports(name: &str, answer: &str) {
    let sections = answer.split("\r\nm=").skip(1);
    let live: Vec<_> = sections.filter(|section| section.contains(" 5000 ")).collect();
    for section in &live {
        for attribute in ["ice-ufrag", "ice-pwd", "fingerprint", "setup", "candidate"] {
            let find = |section: &str| {
                let mut lines = section.split("\r\n").map(str::to_owned);
                lines.find(|line| line.starts_with(&format!("a={attribute}:")))
            };
            assert!(find(section).is_some(), "{name}: no {attribute} in\n{section}");
            assert_eq!(find(section), find(live[0]), "{name}");
        }
    }
}

#[test]
fn every_example_is_read_as_documented() {
    let examples = examples();
    assert!(examples.len() >= 20, "{}", examples.len());
    for (name, text, facts) in examples {
        let mut session = lite();
        let taken = match facts["kind"].as_str().unwrap() {
            "offer" => session.answer(&text, Direction::SendRecv).map(|(answer, _)| Some(answer)),
            "answer" => {
                session.offer(&OfferOptions::default()).unwrap();
                session.accept(&text).map(|_| None)
            }
            other => panic!("{name}: {other} is no kind"),
        };
        let refused = taken.as_ref().err().map(|error| error.reason.word());
        assert_eq!(refused, facts.get("refused").and_then(|v| v.as_str()), "{name}: {taken:?}");
        if let Ok(answer) = taken {
            let codec = session.codec().map(AudioCodec::rtpmap);
            assert_eq!(codec, facts["codec"].as_str(), "{name}");
            if let Some(answer) = answer {
                check_answer(&name, &answer, &facts);
            }
        }
    }
}

#[test]
fn every_reason_is_listed_and_no_other() {
    let table: Table = fs::read_to_string(folder().join("reasons.toml")).unwrap().parse().unwrap();
    let mut listed: Vec<_> = table.keys().cloned().collect();
    let mut known: Vec<_> = SdpErrorReason::ALL.map(|reason| reason.word().to_owned()).to_vec();
    listed.sort();
    known.sort();
    assert_eq!(listed, known);
}

#[test]
fn damaged_offers_of_each_browser_are_read_or_refused() {
    // Every line of every example is dropped once, and once cut in half: an answer or a reason
    // comes of it, and the next whole description is read as ever.
    let config = config(IceMode::Lite);
    for (name, text, _) in examples() {
        let lines: Vec<_> = text.split_inclusive("\r\n").collect();
        for at in 0..lines.len() {
            for half in [0, lines[at].len() / 2] {
                let mut bent = lines.clone();
                bent[at] = &lines[at][..half];
                let mut session = Session::new(LegId(1), &config);
                let result = session.answer(&bent.concat(), Direction::SendRecv);
                assert_eq!(result.is_err(), session.codec().is_none(), "{name} {at}");
            }
        }
    }
}
