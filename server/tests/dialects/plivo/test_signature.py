"""Our signatures are those that the vendor's own library accepts."""

import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.dialects.plivo.signature import second, third
from plivo.utils import validate_signature, validate_v3_signature

VECTORS = tomllib.loads(
    (Path(__file__).parents[4] / "spec" / "webhooks" / "signatures.toml").read_text("utf-8")
)["plivo"]
FORMS = st.dictionaries(st.text(min_size=1, max_size=12), st.text(max_size=12), max_size=8)
# The vendor's library cannot read a query that is not ASCII.
QUERIES = st.dictionaries(
    st.text(st.characters(max_codepoint=127), min_size=1, max_size=12),
    st.text(st.characters(max_codepoint=127), max_size=12),
    max_size=8,
)
NONCES = st.text("0123456789", min_size=20, max_size=20)
PLACE = "https://example.com/answer/"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["what"])
def test_the_known_signatures_come_out(vector: dict[str, Any]) -> None:
    form = tuple((name, value) for name, value in vector["form"])
    url, secret, nonce = vector["url"], vector["secret"], vector["nonce"]
    if vector["version"] == 2:
        assert second(url, secret, nonce) == vector["signature"]
    else:
        assert third(vector["method"], url, form, secret, nonce) == vector["signature"]


@given(query=QUERIES, nonce=NONCES)
def test_the_vendors_library_accepts_version_2(query: dict[str, str], nonce: str) -> None:
    url = f"{PLACE}?{urlencode(query)}" if query else PLACE
    assert validate_signature(url, nonce, second(url, "secret", nonce), "secret")


@given(form=FORMS, query=QUERIES, nonce=NONCES)
def test_the_vendors_library_accepts_every_post(
    form: dict[str, str], query: dict[str, str], nonce: str
) -> None:
    url = f"{PLACE}?{urlencode(query)}" if query else PLACE
    signature = third("POST", url, tuple(form.items()), "secret", nonce)
    assert validate_v3_signature("POST", url, nonce, "secret", signature, dict(form))


@given(query=QUERIES, nonce=NONCES)
def test_the_vendors_library_accepts_every_get(query: dict[str, str], nonce: str) -> None:
    url = f"{PLACE}?{urlencode(query)}" if query else PLACE
    signature = third("GET", url, (), "secret", nonce)
    assert validate_v3_signature("GET", url, nonce, "secret", signature, {})


@given(form=FORMS, nonce=NONCES)
def test_the_vendors_library_refuses_a_changed_post(form: dict[str, str], nonce: str) -> None:
    signature = third("POST", PLACE, tuple(form.items()), "secret", nonce)
    assert not validate_v3_signature(
        "POST", PLACE, nonce, "secret", signature, form | {"Added": "1"}
    )
