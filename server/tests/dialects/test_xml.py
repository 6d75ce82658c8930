"""Hostile documents are refused while they are read, and cost nothing."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.dialects.xml import XmlError, XmlErrorKind, read
from offhook.testing.function_calls import recorded_calls

LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY l0 "ha">'
    + b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
    + b"]><Response>&l11;</Response>"
)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", XmlErrorKind.EMPTY),
        (b" \r\n\t ", XmlErrorKind.EMPTY),
        (b"x" * 70_000, XmlErrorKind.TOO_LARGE),
        (b"plain text", XmlErrorKind.MALFORMED),
        (b"<a><b></a></b>", XmlErrorKind.MALFORMED),
        (b"<a", XmlErrorKind.MALFORMED),
        (b"\xff\xfe\x00", XmlErrorKind.MALFORMED),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', XmlErrorKind.MALFORMED),
        (LAUGHS, XmlErrorKind.FORBIDDEN),
        (b"<!DOCTYPE html><a/>", XmlErrorKind.FORBIDDEN),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1/x.dtd"><a/>', XmlErrorKind.FORBIDDEN),
        (b"<a>" * 33 + b"</a>" * 33, XmlErrorKind.TOO_COMPLEX),
        (b"<a>" + b"<b/>" * 1_000 + b"</a>", XmlErrorKind.TOO_COMPLEX),
        (b"<a " + b" ".join(b'x%d=""' % n for n in range(33)) + b"/>", XmlErrorKind.TOO_COMPLEX),
    ],
)
def test_each_xml_error_has_a_code(body: bytes, fault: XmlErrorKind) -> None:
    with pytest.raises(XmlError) as caught:
        read(body, most_bytes=65_536)
    assert caught.value.fault is fault


@pytest.mark.parametrize(
    "body",
    [
        LAUGHS,
        b"<a>" * 20_000,
        b"<a>" + b"<b/>" * 15_000 + b"</a>",
        b"<a " + b'b="1" ' * 10_000 + b"/>",
    ],
    ids=["laughs", "deep", "many", "attributes"],
)
@pytest.mark.threat("xml-bombs")
def test_a_bomb_costs_little_memory_and_little_work(body: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(XmlError), recorded_calls("offhook/dialects") as called:
            read(body, most_bytes=100_000)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 1_000_000
    # Seven for each of the thousand elements that a document may have, at most.
    assert len(called) < 8_000


def test_the_limits_themselves_are_allowed() -> None:
    deep = read(b"<a>" * 32 + b"</a>" * 32, most_bytes=1_000)
    many = read(b"<a>" + b"<b/>" * 999 + b"</a>", most_bytes=10_000)
    wide = read(b"<a " + b" ".join(b'x%d=""' % n for n in range(32)) + b"/>", most_bytes=1_000)
    assert deep.name == "a"
    assert len(many.children) == 999
    assert len(wide.attributes) == 32


def test_text_content_is_preserved() -> None:
    root = read(b'<a>1 &lt; <b c="&quot;&amp;">2</b> &amp; 3</a>', most_bytes=1_000)
    assert read(f"<a>{root.inner()}</a>".encode(), most_bytes=1_000).inner() == root.inner()
    assert root.text == "1 <  & 3"
    assert root.children[0].line == 1


@given(st.binary(max_size=400))
@pytest.mark.threat("xml-bombs")
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        root = read(body, most_bytes=300)
    except XmlError:
        return
    assert root.name
