"""A dialect's table turns elements into verbs; all others become warnings."""

from offhook.base.hosts import Hosts
from offhook.dialects.attributes import Attributes, ParseContext, Warnings
from offhook.dialects.parser import VerbTable
from offhook.dialects.xml import Element, read
from offhook.verbs.base import Verb
from offhook.verbs.wait import Wait


def _wait(_element: Element, attributes: Attributes, _context: ParseContext) -> Verb | None:
    seconds = attributes.whole("length", 1, least=1, most=9)
    return Wait(seconds=float(seconds)) if seconds > 1 else None


TABLE = VerbTable(
    parsers={"Wait": _wait},
    not_supported=frozenset({"Record"}),
    unknown_code="u",
    unsupported_code="n",
    noun="verb",
)


def test_elements_become_verbs_or_warnings_in_order() -> None:
    body = (
        b'<Response><Wait length="2" loud="1"/><Wait/><Record/><Wiat/><Wait length="3"/></Response>'
    )
    context = ParseContext(hosts=Hosts(), warnings=Warnings())
    document = TABLE.document(read(body, most_bytes=1000), context)
    assert document.verbs == (Wait(seconds=2.0), Wait(seconds=3.0))
    assert [warning.code for warning in document.warnings] == ["u", "n", "u"]
    assert "there is no such verb" in document.warnings[2].message


def test_the_table_lists_elements_that_are_not_supported_yet() -> None:
    assert TABLE.knows("Wait")
    assert TABLE.knows("Record")
    assert not TABLE.knows("Wiat")
