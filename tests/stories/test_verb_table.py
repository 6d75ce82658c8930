"""The table of verbs in `spec/verbs` says what the parsers do, and names a story for each row."""

from collections.abc import Mapping

import verb_pages
import verb_table

WITHOUT_ATTRIBUTES = {"twilio": {"Hangup", "Leave", "Start"}, "plivo": {"PreAnswer"}}
RECORDED: Mapping[str, Mapping[str, list[verb_pages.Row]]] = {
    "twilio": verb_pages.recorded_twiml(),
    "plivo": verb_pages.recorded_plivo(),
}
CELLS = [cell for group in verb_table.read() for cell in group.cells]


def test_every_attribute_that_a_parser_obeys_is_in_the_table() -> None:
    known = {(cell.dialect, cell.element, cell.name) for cell in CELLS}
    missing = [
        f"{dialect} <{element} {row.name}>"
        for dialect, elements in RECORDED.items()
        for element, rows in elements.items()
        for row in rows
        if row.status == verb_pages.WORKS and (dialect, element, row.name) not in known
    ]
    assert not missing, "add a row with a story to spec/verbs"


def test_every_element_is_in_the_table() -> None:
    for dialect, elements in RECORDED.items():
        known = {cell.element for cell in CELLS if cell.dialect == dialect}
        assert known | WITHOUT_ATTRIBUTES[dialect] >= set(elements)


def test_defaults_are_those_of_the_parsers() -> None:
    for cell in CELLS:
        rows = RECORDED[cell.dialect].get(cell.element, ())
        for row in rows:
            if row.name == cell.name and row.default:
                assert row.default.strip("`") == cell.default, cell.title


def test_every_row_names_a_story_that_there_is() -> None:
    known = verb_table.stories()
    for cell in CELLS:
        assert cell.stories, cell.title
        for story in cell.stories:
            assert story in known, f"{cell.title}: there is no story {story}"


def test_the_page_has_every_row() -> None:
    page = verb_table.page()
    for cell in CELLS:
        assert f"`{cell.name}`" in page
