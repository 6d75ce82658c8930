"""What is kept of a record."""

import logging
import sys

import pytest
from offhook.insights.facts import facts_of, trace_of


def test_facts_are_the_fields_of_the_log_record() -> None:
    record = logging.makeLogRecord({"msg": "leg.answered", "after_ms": 812})
    assert facts_of(record) == {"after_ms": 812}


def test_secrets_are_removed_from_urls() -> None:
    record = logging.makeLogRecord({"url": "https://me:north@voice.example:8443/a?b=south#c"})
    assert facts_of(record) == {"url": "https://voice.example:8443/a"}


@pytest.mark.threat("secrets-in-sight")
def test_no_fact_and_no_trace_has_a_login() -> None:
    record = logging.makeLogRecord({"why": "cannot ask http://joe:north@a.example/b"})
    assert facts_of(record) == {"why": "cannot ask http://a.example/b"}
    try:
        raise ValueError("postgresql://me:north@db/x is away")
    except ValueError:
        record = logging.makeLogRecord({"exc_info": sys.exc_info()})
    assert "postgresql://db/x is away" in trace_of(record)
    assert trace_of(logging.makeLogRecord({})) == ""
