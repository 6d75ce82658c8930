"""Attributes are read by rules, and what breaks them is written down."""

import pytest
from offhook.dialects.attributes import Attributes, Warnings
from offhook.dialects.xml import Element


def _read(**attributes: str) -> tuple[Attributes, Warnings]:
    warnings = Warnings()
    return Attributes(Element("Dial", attributes, 3), warnings, "12200"), warnings


@pytest.mark.parametrize(
    ("value", "found", "warned"),
    [
        ("5", 5, 0),
        (" 7 ", 7, 0),
        ("100", 60, 1),
        ("0", 30, 1),
        ("-1", 30, 1),
        ("1.5", 30, 1),
        ("", 30, 1),
        ("٣", 30, 1),
        ("9" * 400, 30, 1),
    ],
)
def test_a_number_within_its_range_or_the_default(value: str, found: int, warned: int) -> None:
    attributes, warnings = _read(timeout=value)
    assert attributes.whole("timeout", 30, least=1, most=60) == found
    assert len(warnings.all) == warned


@pytest.mark.parametrize(
    ("value", "found"), [("true", True), ("FALSE", False), ("1", True), ("", True)]
)
def test_yes_or_no_or_the_default(value: str, found: bool) -> None:
    attributes, _ = _read(redirect=value)
    assert attributes.yes("redirect", otherwise=True) is found


def test_warnings_name_the_place_and_quote_little() -> None:
    attributes, warnings = _read(method="X" * 500, colour="red")
    assert attributes.method() == "POST"
    attributes.done()
    method, colour = warnings.all
    assert method.message.startswith(
        "<Dial> in line 3: the attribute method must be one of get, post"
    )
    assert len(method.message) < 200
    assert colour.message == "<Dial> in line 3: there is no attribute colour"


def test_an_unsupported_attribute_is_warned_about_once() -> None:
    attributes, warnings = _read(record="true", trim="x")
    attributes.unsupported(("record", "referUrl"), "unsupported")
    attributes.ignore(("trim",))
    attributes.done()
    assert [warning.code for warning in warnings.all] == ["unsupported"]


def test_a_long_text_is_cut() -> None:
    attributes, warnings = _read(callerName="n" * 60)
    assert attributes.text("callerName", longest=50) == "n" * 50
    assert len(warnings.all) == 1


def test_a_document_cannot_fill_the_memory_with_warnings() -> None:
    warnings = Warnings()
    for _ in range(1_000):
        warnings.add("12200", Element("x", {}, 1), "?")
    assert len(warnings.all) == 100
