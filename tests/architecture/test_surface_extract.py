"""The tool that reads a vendor's reference page finds every row of every table, and says when it cannot."""

import tomllib
from pathlib import Path

import extract
import pytest
import repo

PAGE = """Contents
Events
Configuration parameters
Attribute |
Description |
Allowed Values |
Default Value |
loud
|
Says more.
|
true/false |
false |
Note: loud is not for everybody. |
speed |
How fast. |
1 -
9 |
3 |
Variables
Variable |
Description |
version |
Which one it is. |
Methods
Method |
Description |
greet(name, words) |
Says hello. |
submitCallQualityFeedback(issues) |
Reasons are: ECHO, TOO_LOUD. |
Methods in Audio Device API
Method |
Description |
list(filter) |
Lists. |
Objects in Audio Device API
Object |
Methods and Parameters |
Description |
horn
|
set(id)
get
|
Blows.
|
Events
Event |
Description |
onHello |
Somebody came. |
onCallFailed(cause) |
Why:
NOT_YET
TOO_LATE
|
mediaMetrics |
slow: when it is slow.
{
group: \u2018network\u2019,
type: \u2018slow\u2019,
value: \u2018<value>\u2019,
active: true || false, // false when it is over
desc: \u2018slowHere\u2019 || \u2018slowThere\u2019,
stream: \u2018here || there\u2019
}
|
CallInfo object
It is passed to:
1. onHello
Property |
Description |
direction |
Can be UP or DOWN. |
state
|
One of:
1. ringing
2. ended
|
Examples
None.
"""


def test_every_row_of_every_table_is_found() -> None:
    assert extract.surface(PAGE) == {
        "option": {"loud": "true/false; default false", "speed": "1 - 9; default 3"},
        "variable": {"version": "variable"},
        "method": {"greet": "(name, words)", "submitCallQualityFeedback": "(issues)"},
        "issue": {"ECHO": "one of the list", "TOO_LOUD": "one of the list"},
        "audio-method": {"list": "(filter)"},
        "audio-object": {"horn.set": "(id)", "horn.get": "no arguments"},
        "event": {
            "onHello": "no arguments",
            "onCallFailed": "(cause)",
            "mediaMetrics": "no arguments",
        },
        "login-error": {"NOT_YET": "one of the list", "TOO_LATE": "one of the list"},
        "metric": {
            "slow": "group network; type slow; desc slowHere or slowThere; stream here or there"
        },
        "call-info": {"direction": "UP or DOWN", "state": "a property"},
        "call-state": {"ringing": "one of the list", "ended": "one of the list"},
    }


def test_the_written_file_is_valid_toml() -> None:
    kinds = extract.surface(PAGE)
    assert tomllib.loads(extract.written(kinds, "horns")) == kinds


@pytest.mark.parametrize(
    ("gone", "complaint"),
    [
        ("Variables\n", "Variables"),
        ("How fast. |\n", "broken"),
        ("1. ringing\n2. ended\n", "call-state"),
        ("greet(name, words)", "neither a name nor a call"),
    ],
)
def test_a_page_that_has_changed_is_an_error_and_not_a_shorter_table(
    gone: str, complaint: str
) -> None:
    changed = PAGE.replace(gone, "greet (name" if gone.startswith("greet") else "")
    with pytest.raises(extract.NotThePageError, match=complaint):
        extract.surface(changed)


def test_a_page_is_given_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.txt"
    page.write_text(PAGE, encoding="utf-8")
    assert extract.main([str(page), "horns"]) == 0
    assert 'greet = "(name, words)"' in capsys.readouterr().out
    page.write_text("nothing", encoding="utf-8")
    assert extract.main([str(page), "horns"]) == 1
    assert extract.main([]) == 2


def test_the_rows_that_are_kept_are_names_and_short_facts() -> None:
    kept = tomllib.loads(repo.text("spec/surface/plivo.toml"))
    facts = [fact for rows in kept.values() for fact in rows.values()]
    assert len(facts) > 100
    assert max(map(len, facts)) <= extract.LONGEST
