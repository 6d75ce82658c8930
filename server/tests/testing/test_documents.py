"""A replay that finds something else than was expected says so."""

from pathlib import Path

import pytest
from offhook.dialects.base import Dialect
from offhook.testing.documents import documents, replay


@pytest.mark.parametrize(
    ("expected", "same"),
    [
        ('[[verbs]]\nverb = "speak"\ntext = "Hello"', True),
        ('[[verbs]]\nverb = "speak"', True),
        ('[[verbs]]\nverb = "speak"\ntext = "Bye"', False),
        ('[[verbs]]\nverb = "play"', False),
        ('[[verbs]]\nverb = "speak"\nvolume = 1', False),
        ('[[verbs]]\nverb = "speak"\n[[verbs]]\nverb = "speak"', False),
        ('warnings = ["12200"]\n[[verbs]]\nverb = "speak"', False),
        ('error = "12100"', False),
    ],
)
def test_named_fields_are_compared(
    dialects: dict[str, Dialect], tmp_path: Path, expected: str, same: bool
) -> None:
    document = tmp_path / "hello.xml"
    document.write_text("<Response><Say>Hello</Say></Response>", "utf-8")
    document.with_suffix(".toml").write_text(expected, "utf-8")
    found, wanted = replay(dialects["twilio"], document)
    assert (found == wanted) is same
    assert documents(tmp_path) == [document]


def test_errors_are_compared(dialects: dict[str, Dialect], tmp_path: Path) -> None:
    document = tmp_path / "broken.xml"
    document.write_text("<Response>", "utf-8")
    document.with_suffix(".toml").write_text('purpose = "redirect"\nerror = "8014"', "utf-8")
    found, wanted = replay(dialects["plivo"], document)
    assert found == wanted
