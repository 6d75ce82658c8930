"""Good tokens let people in as what they grant; bad ones are refused with the right code."""

import base64
import hashlib
import hmac
import json
import re
import textwrap
import tomllib
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import plivo.utils.jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.auth.limiter import Limiter
from offhook.auth.logins import Logins
from offhook.auth.native_tokens import NativeTokens
from offhook.auth.tokens import Tokens
from offhook.base.accounts import Party
from offhook.base.clock import no_hold
from offhook.base.error_catalog import ERRORS
from offhook.base.errors import Refused
from offhook.base.ids import AccountId, ApplicationId
from offhook.dialects.plivo.tokens import PlivoTokens
from offhook.dialects.twilio.mapping import account_sid, application_sid
from offhook.dialects.twilio.tokens import TwilioTokens
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

SPEC = Path(__file__).parents[3] / "spec" / "tokens"
BAD = tomllib.loads((SPEC / "bad.toml").read_text())
GOOD = tomllib.loads((SPEC / "good.toml").read_text())
ACCOUNT = AccountId("MAXXXXXXXXXXXXXXXXXX")
OTHER = AccountId("MAYYYYYYYYYYYYYYYYYY")
KEY = "SK" + "1" * 32
APPLICATION = ApplicationId("a" * 32)
_HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def write(vector: dict[str, Any], secrets: dict[str, str]) -> str:
    """The token that a vector describes."""
    if "raw" in vector:
        return vector["raw"]
    signed = f"{_base64(vector['header'].encode())}.{_base64(vector['payload'].encode())}"
    how = vector.get("sign", "HS256")
    if how == "none":
        return f"{signed}."
    key = secrets.get(vector["key"], "").encode()
    signature = bytearray(hmac.digest(key, signed.encode(), _HASHES.get(how, hashlib.sha256)))
    if how == "flip":
        signature[-1] ^= 1
    return f"{signed}.{_base64(bytes(signature))}"


@pytest.fixture
def tokens(directory: Any, clock: Any) -> Tokens:
    return Tokens(directory, directory, clock, [TwilioTokens(), PlivoTokens()])


@pytest.mark.parametrize("vector", BAD["token"], ids=lambda vector: vector["what"][:60])
@pytest.mark.threat("token-forgery")
async def test_a_bad_token_is_refused_with_its_code(
    vector: dict[str, Any], tokens: Tokens, directory: Any, clock: Any
) -> None:
    clock.start = datetime.fromtimestamp(BAD["now"], UTC)
    assert {id: secret for id, (_, secret) in directory.secrets.items()} == BAD["secrets"]
    with pytest.raises(Refused) as refused:
        await tokens.verify(write(vector, BAD["secrets"]))
    assert refused.value.code == vector["code"], str(refused.value)
    assert vector["code"] in ERRORS


@pytest.mark.parametrize("vector", GOOD["token"], ids=lambda vector: vector["what"][:60])
async def test_a_valid_token_gives_the_party_its_grants(
    vector: dict[str, Any], tokens: Tokens, clock: Any
) -> None:
    clock.start = datetime.fromtimestamp(GOOD["now"], UTC)
    wanted: dict[str, Any] = {"parameters": {}, **vector["party"]}
    wanted["application"] = wanted["application"] or None
    party = await tokens.verify(write(vector, GOOD["secrets"]))
    assert party == Party(account=ACCOUNT, **wanted)


async def test_the_reason_is_logged_without_the_token(
    tokens: Tokens, directory: Any, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    clock.start = datetime.fromtimestamp(BAD["now"], UTC)
    caplog.set_level("INFO", "offhook.auth")
    for number, vector in enumerate(BAD["token"]):
        caplog.clear()
        written = write(vector, BAD["secrets"])
        logins = Logins(directory, tokens, Limiter(clock))
        with pytest.raises(Refused) as refused:
            await logins.by_token(written, f"192.0.2.{number}")
        (line,) = caplog.records
        reported = vars(line)
        assert (line.getMessage(), reported["code"]) == ("login.refused", vector["code"])
        assert reported["reason"] == str(refused.value)
        assert not {"alice", "carol", "bob", *written.split(".")} & set(reported["reason"].split())
        assert "alice" not in reported["reason"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"aud": "https://api.example"}, "aud, must be 'offhook'"),
        ({"grants": {"identity": "a\tb", "voice": {}}}, "the identity has U+0009"),
        (
            {"grants": {"identity": "a", "voice": {"incoming": {"allow": "true"}}}},
            "grants.voice.incoming.allow must be true or false",
        ),
        ({"sub": OTHER}, "sub is not the account of iss"),
        ({"iss": "AC1"}, "iss is no account"),
        ({"exp": GOOD["now"] - 100}, "exp was 100 s ago"),
        ({"nbf": GOOD["now"] + 100}, "nbf is 100 s later"),
        ({"exp": GOOD["now"] + 90_000}, "valid for 25.0 hours, from iat to exp"),
    ],
)
async def test_each_refusal_has_its_exact_reason(
    tokens: Tokens, clock: Any, change: dict[str, Any], reason: str
) -> None:
    clock.start = datetime.fromtimestamp(GOOD["now"], UTC)
    payload = {"iss": KEY, "sub": ACCOUNT, "iat": GOOD["now"], "exp": GOOD["now"] + 3600}
    payload["grants"] = {"identity": "alice", "voice": {"incoming": {"allow": True}}}
    header = json.dumps({"alg": "HS256", "typ": "JWT", "cty": "twilio-fpa;v=1"})
    vector = {"header": header, "payload": json.dumps(payload | change), "key": KEY}
    with pytest.raises(Refused) as refused:
        await tokens.verify(write(vector, GOOD["secrets"]))
    assert reason in str(refused.value)


def test_every_token_error_that_can_be_met_here_has_a_bad_token() -> None:
    named = {code for code in ERRORS if code.startswith(("invalid-access", "access-token", "exp"))}
    assert named == {vector["code"] for vector in BAD["token"]}
    assert len(BAD["token"]) > 60


@pytest.mark.parametrize("spelled", [str, account_sid], ids=["our id", "the vendor's shape"])
async def test_tokens_of_the_twilio_library_are_accepted(
    tokens: Tokens, directory: Any, spelled: Any
) -> None:
    token = AccessToken(spelled(ACCOUNT), KEY, directory.secrets[KEY][1], identity="alice")
    token.add_grant(
        VoiceGrant(
            incoming_allow=True,
            outgoing_application_sid=application_sid(APPLICATION),
            outgoing_application_params={"team": "blue"},
        )
    )
    party = await tokens.verify(token.to_jwt())
    assert (party.account, party.name, party.dialect) == (ACCOUNT, "alice", "twilio")
    assert (party.incoming, party.application) == (True, APPLICATION)
    assert party.parameters == {"team": "blue"}


def _plivo(directory: Any, **how: Any) -> tuple[plivo.utils.jwt.AccessToken, dict[str, Any]]:
    # The library's own `to_jwt` ends in `.decode()` on what has been a str since PyJWT 2: it
    # cannot run beside any PyJWT that is safe. Everything up to that last call is the library's.
    made = plivo.utils.jwt.AccessToken(ACCOUNT, directory.secrets[ACCOUNT][1], "alice", **how)
    claims = {"jti": made.uid, "iss": made.auth_id, "sub": made.username, "nbf": made.valid_from}
    claims |= {"exp": made.valid_from + made.lifetime, "grants": made.grants}
    return made, claims


def test_the_plivo_library_still_needs_its_claims_encoded_for_it(directory: Any) -> None:
    made, _ = _plivo(directory)
    with pytest.raises(AttributeError, match="decode"):
        made.to_jwt()


async def test_the_documented_fix_makes_plivo_library_tokens_valid(
    tokens: Tokens, directory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (Path(__file__).parents[3] / "docs/migrate/plivo.md").read_text()
    found = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert found
    monkeypatch.setattr(plivo.utils.jwt, "jwt", jwt)  # Put back what the lines change.
    exec(textwrap.dedent(found[1]), {})
    made, _ = _plivo(directory, lifetime=300)
    made.add_voice_grants(True, True)
    assert (await tokens.verify(made.to_jwt())).name == "alice"


@pytest.mark.parametrize(("incoming", "outgoing"), [(True, True), (True, False), (False, True)])
async def test_tokens_of_the_plivo_library_are_accepted(
    tokens: Tokens, directory: Any, incoming: bool, outgoing: bool
) -> None:
    made, claims = _plivo(directory, lifetime=300)
    made.add_voice_grants(incoming, outgoing)
    header = {"typ": "JWT", "cty": "plivo;v=1"}
    for spelled in (claims, {**claims, "per": claims["grants"]}):
        party = await tokens.verify(jwt.encode(spelled, made.key, "HS256", header))
        assert (party.account, party.name, party.dialect) == (ACCOUNT, "alice", "plivo")
        assert party.incoming is incoming
        assert party.application == (APPLICATION if outgoing else None)


@given(st.text(max_size=80))
@pytest.mark.threat("token-forgery")
async def test_no_text_is_a_token_by_chance(text: str) -> None:
    with pytest.raises(Refused):
        await _alone().verify(text)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
CLAIMS = st.sampled_from(
    ["iss", "sub", "exp", "nbf", "iat", "aud", "grants", "per", "app", "identity", "voice"]
)


@given(
    st.sampled_from(["twilio-fpa;v=1", "plivo;v=1", "offhook;v=1"]),
    st.dictionaries(CLAIMS, JSON, max_size=8),
    st.dictionaries(st.sampled_from(["identity", "voice"]), JSON),
)
@pytest.mark.threat("token-forgery")
async def test_arbitrary_claims_are_checked_without_errors(
    content_type: str, payload: dict[str, Any], grants: dict[str, Any]
) -> None:
    good = {"iss": ACCOUNT, "sub": "alice", "exp": GOOD["now"] + 60, "grants": grants}
    header = json.dumps({"alg": "HS256", "typ": "JWT", "cty": content_type})
    vector = {"header": header, "payload": json.dumps({**good, **payload}), "key": ACCOUNT}
    try:
        party = await _alone().verify(write(vector, GOOD["secrets"]))
    except Refused as refused:
        assert refused.code in ERRORS  # noqa: PT017  (a token may as well be good)
    else:
        assert party.account == ACCOUNT


class _One:
    """One account, and a clock that stands."""

    async def signer(self, issuer: str) -> tuple[AccountId, str] | None:
        return (ACCOUNT, GOOD["secrets"][ACCOUNT]) if issuer == ACCOUNT else None

    async def application(self, account: AccountId, id: str) -> None:
        return None

    async def endpoint(self, account: AccountId, name: str) -> None:
        return None

    def now(self) -> float:
        return float(GOOD["now"])

    def wall(self) -> datetime:
        return datetime.fromtimestamp(GOOD["now"], UTC)

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("tokens are checked without a pause")

    def hold(self, reason: str) -> AbstractContextManager[object]:
        return no_hold(reason)


def _alone() -> Tokens:
    one = _One()
    return Tokens(one, one, one, [TwilioTokens(), PlivoTokens(), NativeTokens()])
