"""A document is decoded by its mark, its header or its declaration, from a closed list of encodings."""

import codecs
import encodings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.dialects.encoding import UnknownEncodingError, decode, decode_loosely

TEXT = "<a>é</a>"


def _declared(name: str, text: str = TEXT) -> str:
    return f'<?xml version="1.0" encoding="{name}"?>{text}'


@pytest.mark.parametrize(
    ("body", "charset", "text"),
    [
        (TEXT.encode(), "", TEXT),
        (TEXT.encode("latin-1"), "iso-8859-1", TEXT),
        (TEXT.encode("latin-1"), "LATIN1", TEXT),
        # The header counts before the declaration, the mark before both.
        (_declared("utf-8").encode("cp1252"), "windows-1252", _declared("utf-8")),
        (codecs.BOM_UTF8 + TEXT.encode(), "iso-8859-1", TEXT),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-8", TEXT),
        (codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"), "", TEXT),
        # A header that cannot be true, or names nothing known, is passed over.
        (_declared("latin1").encode("latin-1"), "utf-8", _declared("latin1")),
        (TEXT.encode(), "utf8mb4", TEXT),
        (TEXT.encode(), "zlib", TEXT),
        # UTF-16 and UTF-32 without a mark are known by where their zero bytes are.
        (TEXT.encode("utf-16-le"), "", TEXT),
        (TEXT.encode("utf-16-be"), "", TEXT),
        (TEXT.encode("utf-32-le"), "", TEXT),
        (TEXT.encode("utf-16-le"), "utf-16", TEXT),
        (TEXT.encode("utf-16-be"), "UTF-16", TEXT),
        # Writers put the name of the string's own encoding into a document of bytes.
        (_declared("UTF-16").encode(), "", _declared("UTF-16")),
    ],
)
def test_precedence_is_mark_then_header_then_declaration(
    body: bytes, charset: str, text: str
) -> None:
    assert decode(body, charset) == text


@pytest.mark.parametrize(
    ("name", "written", "text"),
    [
        ("Shift_JIS", "cp932", "もしもし①"),
        ("windows-31j", "cp932", "髙"),
        ("EUC-JP", "euc_jp", "もしもし"),
        ("ISO-2022-JP", "iso2022_jp", "もしもし"),
        ("gb2312", "gb18030", "镕"),
        ("GBK", "gbk", "你好"),
        ("Big5", "big5hkscs", "你好"),
        ("EUC-KR", "cp949", "여보세요"),
        ("ks_c_5601-1987", "euc_kr", "여보세요"),
        ("windows-1251", "cp1251", "Привет"),
        ("KOI8-R", "koi8_r", "Привет"),
        ("ISO-8859-15", "iso8859_15", "€"),
        ("windows-874", "cp874", "สวัสดี"),
    ],
)
def test_encodings_of_the_world_are_read(name: str, written: str, text: str) -> None:
    document = _declared(name, f"<a>{text}</a>")
    assert decode(document.encode(written), "") == document
    assert decode(f"<a>{text}</a>".encode(written), name) == f"<a>{text}</a>"


@pytest.mark.parametrize("name", ["UTF-7", "klingon", "zlib_codec", "rot13", "idna", "punycode"])
def test_an_encoding_that_is_not_on_the_list_is_named(name: str) -> None:
    with pytest.raises(UnknownEncodingError, match=name):
        decode(_declared(name, "<a/>").encode(), "")


def test_bytes_that_are_not_in_the_encoding_are_refused() -> None:
    with pytest.raises(UnknownEncodingError, match="byte 3 is not utf_8"):
        decode(b"<a>\xe9</a>", "")
    assert decode_loosely(b"\xe9", "") == "\ufffd"


def test_unknown_encoding_names_are_not_cached() -> None:
    kept = len(encodings._cache)
    for number in range(50):
        decode(b"<a/>", f"nothing-{number}")
    assert len(encodings._cache) == kept


@given(st.binary(max_size=300), st.text(max_size=40))
def test_any_bytes_are_decoded_or_refused_and_never_grow(body: bytes, charset: str) -> None:
    assert len(decode_loosely(body, charset)) <= len(body)
