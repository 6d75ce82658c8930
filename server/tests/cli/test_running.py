"""Commands that need the running server say so when there is none."""

from typing import Any

import pytest
from offhook.cli import live_calls, running

_TESTED = (live_calls, running)


def test_without_a_server_there_is_a_hint(run: Any) -> None:
    assert run("init").exit_code == 0
    result = run("calls", "live")
    assert result.exit_code == 1
    assert "no server runs on" in result.stderr
    assert "offhook serve" in result.stderr


def test_a_server_that_is_gone_is_named(run: Any, tmp_path: Any) -> None:
    assert run("init").exit_code == 0
    (tmp_path / "d" / "server.lock").write_text("process 1, http://127.0.0.1:1/")
    result = run("calls", "hangup", "a" * 32)
    assert result.exit_code == 1
    assert "the server at http://127.0.0.1:1/ does not answer" in result.stderr


@pytest.mark.parametrize("flags", [(), ("--url", "https://a.example/", "--document", "-")])
def test_a_redirect_has_one_document(run: Any, flags: tuple[str, ...]) -> None:
    result = run("calls", "redirect", "a" * 32, *flags)
    assert result.exit_code == 2
    assert "give either --url or --document" in result.stderr


def test_a_document_that_is_no_text_is_named(run: Any, tmp_path: Any) -> None:
    document = tmp_path / "document.xml"
    document.write_bytes(b"\xff\xfe\x00")
    result = run("calls", "redirect", "a" * 32, "--document", str(document))
    assert result.exit_code == 2
    assert "cannot read the document" in result.stderr
