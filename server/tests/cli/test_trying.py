"""An application is tried against a real web server, and nothing of it remains."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest
from offhook.dialects.registry import plugins

TWIML = (
    b"<Response><Say loud='1'>Hello</Say>"
    b"<Dial timeout='7'><Client>bob</Client></Dial><Pay/></Response>"
)


@dataclass
class Site:
    """A web server of one page."""

    url: str = ""
    status: int = 200
    body: bytes = TWIML
    content_type: str = "text/xml"
    asked: list[tuple[str, str, dict[str, str], str]] = field(
        default_factory=list[tuple[str, str, dict[str, str], str]]
    )


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()

    class Page(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            made.asked.append((self.command, self.path, dict(self.headers), body))
            self.send_response(made.status)
            self.send_header("Content-Type", made.content_type)
            self.end_headers()
            self.wfile.write(made.body)

        do_GET = do_POST = _answer  # noqa: N815  (names of the library)

        def log_message(self, format: str, *args: object) -> None:
            """Write nothing to the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/answer"
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def make(run_json: Any) -> Any:
    def make(url: str, dialect: str = "twilio", *more: str) -> dict[str, str]:
        account: dict[str, str] = run_json("init")
        run_json("application", "create", "board", "--dialect", dialect, "--answer-url", url, *more)
        return account

    return make


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
def test_the_trial_request_is_that_of_a_call(
    site: Site, make: Any, run: Any, dialect: str, method: str
) -> None:
    site.body = b"<Response></Response>"
    account = make(site.url, dialect, "--answer-method", method)
    result = run("application", "try", "board", "--to", "bob", "--parameter", "X-PH-Lang=en")
    assert result.exit_code == 0, result.output
    ((sent, path, headers, body),) = site.asked
    assert sent == method
    form = parse_qsl(body if method == "POST" else path.partition("?")[2])
    said = dict(form)
    parties = {
        "twilio": ("client:alice", "bob"),
        "plivo": ("sip:alice@phone.plivo.com", "sip:bob@phone.plivo.com"),
    }
    assert (said["From"], said["To"], said["CallStatus"]) == (*parties[dialect], "ringing")
    assert said["X-PH-Lang"] == "en"
    spoken = plugins()[dialect].dialect
    nonce = headers.get("X-Plivo-Signature-V3-Nonce") or headers["I-Twilio-Idempotency-Token"]
    url = site.url if method == "POST" else site.url.removesuffix("/answer") + path
    expected = spoken.sign(
        method,
        url,
        tuple(form) if method == "POST" else (),
        secret=account["secret"],
        nonce=nonce,
    )
    signatures = {name for name in expected if "ignature" in name}
    assert signatures
    for name in signatures:
        assert headers[name] == expected[name]
        assert f"{name}: {expected[name]}" in result.stdout
    if method == "POST":
        assert f"To={said['To']}" in result.stdout
    assert "the call would end at once" in result.stdout


def test_the_parsed_document_is_shown(site: Site, make: Any, run: Any, run_json: Any) -> None:
    make(site.url)
    shown = run_json("application", "try", "board", "--to", "bob", "--from", "carol")
    assert ["From", "client:carol"] in shown["request"]["parameters"]
    assert (shown["status"], shown["answer"]["content_type"]) == (200, "text/xml")
    assert shown["answer"]["document"].startswith("<Response>")
    speak, dial = shown["verbs"]
    assert (speak["verb"], speak["text"]) == ("speak", "Hello")
    assert (dial["verb"], dial["ring_s"]) == ("dial", 7)
    assert [target["to"] for target in dial["targets"]] == ["client:bob"]
    unknown, unsupported = shown["warnings"]
    assert "there is no attribute loud" in unknown["message"]
    assert "<Pay>" in unsupported["message"]
    assert unknown["code"]
    assert shown["error"] is None
    result = run("application", "try", "board", "--to", "bob")
    for words in ("1. speak text='Hello'", "2. dial", "Passed over", "there is no attribute loud"):
        assert words in result.stdout


@pytest.mark.parametrize(
    ("answer", "code", "said", "hint"),
    [
        ({"status": 500}, "11200", "status 500", "check its log"),
        ({"body": b"<Response"}, "12100", "", "root element is <Response>"),
        ({"body": b"<Html/>"}, "12102", "<Response>", "root element is <Response>"),
        (
            {"content_type": "application/json"},
            "12300",
            "application/json",
            "root element is <Response>",
        ),
    ],
    ids=["500", "malformed", "another root", "no XML"],
)
def test_an_answer_that_is_no_good_is_explained(
    site: Site, make: Any, run: Any, answer: dict[str, Any], code: str, said: str, hint: str
) -> None:
    for name, value in answer.items():
        setattr(site, name, value)
    make(site.url)
    result = run("application", "try", "board", "--to", "bob")
    assert result.exit_code == 1
    assert f"{code}: " in result.stdout
    assert said in result.stdout
    assert hint in result.stdout
    as_json = run("application", "try", "board", "--json")
    assert as_json.exit_code == 1
    assert f'"code": "{code}"' in as_json.stdout


def test_a_web_server_that_is_not_there_or_not_allowed_is_explained(
    make: Any, run: Any, run_json: Any
) -> None:
    make("http://127.0.0.1:9/")
    gone = run("application", "try", "board")
    assert gone.exit_code == 1
    run_json("application", "update", "board", "--answer-url", "http://10.0.0.9/")
    private = run("application", "try", "board")
    assert private.exit_code == 1
    assert "11210: forbidden-address" in private.stdout
    assert "--allow-webhook 10.0.0.9" in private.stdout


def test_an_answer_cannot_steer_the_terminal(site: Site, make: Any, run: Any) -> None:
    site.body, site.content_type = b"\x1b[2J\x07<Response/>", "text/xml"
    make(site.url)
    result = run("application", "try", "board")
    assert result.exit_code == 1
    assert "\x1b[2J" not in result.stdout
    assert "\x07" not in result.stdout


def test_no_call_begins_and_the_password_of_a_url_is_not_shown(
    site: Site, make: Any, run: Any, run_json: Any
) -> None:
    make(site.url.replace("http://", "http://me:s3cret@"))
    result = run("application", "try", "board", "--to", "bob")
    assert result.exit_code == 0
    assert "s3cret" not in result.output
    assert run_json("calls", "list") == []


@pytest.mark.parametrize("words", [("nothing",), ("board", "--parameter", "x")])
def test_invalid_arguments_are_rejected(site: Site, make: Any, run: Any, words: Any) -> None:
    make(site.url)
    assert run("application", "try", *words).exit_code == 2
    assert site.asked == []
