"""What is kept of a record."""

import logging

from offhook.insights.facts import facts_of


def test_facts_are_what_the_event_was_logged_with() -> None:
    record = logging.makeLogRecord({"msg": "leg.answered", "after_ms": 812})
    assert facts_of(record) == {"after_ms": 812}


def test_a_url_loses_what_may_be_secret() -> None:
    record = logging.makeLogRecord({"url": "https://me:north@voice.example:8443/a?b=south#c"})
    assert facts_of(record) == {"url": "https://voice.example:8443/a"}
