"""Our signatures are those that the vendor's own library accepts."""

import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.dialects.twilio.signature import sign
from twilio.request_validator import RequestValidator

VECTORS = tomllib.loads(
    (Path(__file__).parents[4] / "spec" / "webhooks" / "signatures.toml").read_text("utf-8")
)["twilio"]
FORMS = st.dictionaries(st.text(min_size=1, max_size=12), st.text(max_size=12), max_size=8)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["what"])
def test_the_known_signatures_come_out(vector: dict[str, Any]) -> None:
    form = tuple((name, value) for name, value in vector["form"])
    assert sign(vector["url"], form, vector["secret"]) == vector["signature"]


@given(form=FORMS, query=FORMS, secret=st.text("abcdef0123456789", min_size=1))
def test_the_vendors_library_accepts_every_post(
    form: dict[str, str], query: dict[str, str], secret: str
) -> None:
    url = "https://example.com/voice" + (f"?{urlencode(query)}" if query else "")
    signature = sign(url, tuple(form.items()), secret)
    assert RequestValidator(secret).validate(url, form, signature)


@given(form=FORMS)
def test_the_vendors_library_refuses_a_changed_post(form: dict[str, str]) -> None:
    signature = sign("https://example.com/voice", tuple(form.items()), "secret")
    changed = form | {"Added": "1"}
    assert not RequestValidator("secret").validate("https://example.com/voice", changed, signature)


def test_a_name_that_repeats_counts_with_each_distinct_value() -> None:
    form = (("Digits", "2"), ("Digits", "1"), ("Digits", "2"))
    assert sign("https://e.example/", form, "s") == sign("https://e.example/", form[1:], "s")
