"""Makes the server's tables of errors and causes from `spec/errors.toml` and `spec/causes.toml`."""

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
BASE: Final = ROOT / "server/offhook/base"

ERRORS: Final = '''\
"""The catalog of `spec/errors.toml`: status, message and hint of every error code of the server."""

# Generated from spec/errors.toml by `python tools/generate.py catalogs`; do not edit.

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ErrorSpec:
    """One row of `spec/errors.toml`.

    Attributes:
        message: What is wrong, in one sentence.
        hint: What to do about it.
        status: HTTP status, if it travels by HTTP.
    """

    message: str
    hint: str
    status: int | None = None


def error_spec(code: str) -> ErrorSpec:
    """The row of `code`; that of `internal` for a code that is not in the table."""
    return ERRORS.get(code) or ERRORS["internal"]


ERRORS: Final[Mapping[str, ErrorSpec]] = {
%s
}
'''

CAUSES: Final = '''\
"""Why a call or a leg ended. The words, sentences and codes are those of `spec/causes.toml`."""

# Generated from spec/causes.toml by `python tools/generate.py catalogs`; do not edit.

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Cause(StrEnum):
    """Why a call or a leg ended."""

%s

    @classmethod
    def _missing_(cls, value: object) -> "Cause | None":
        """A cause by its former name, as the journal of a server before its upgrade has it."""
        name = _FORMER.get(value) if isinstance(value, str) else None
        return None if name is None else cls(name)


_FORMER: Final[Mapping[str, str]] = {
%s
}
'''

CAUSE_CATALOG: Final = '''\
"""The catalog of `spec/causes.toml`: sentence, SIP status and Q.850 code of every cause."""

# Generated from spec/causes.toml by `python tools/generate.py catalogs`; do not edit.

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from offhook.base.causes import Cause


@dataclass(frozen=True, slots=True)
class CauseSpec:
    """One row of `spec/causes.toml`.

    Attributes:
        sentence: For people.
        sip: SIP status (RFC 3261 §21).
        q850: Cause value (ITU-T Q.850).
    """

    sentence: str
    sip: int
    q850: int


CAUSES: Final[Mapping[Cause, CauseSpec]] = {
%s
}
'''


def pages() -> Mapping[Path, str]:
    """The generated modules with their text, formatted as the formatter would."""
    errors, causes = _spec("errors"), _spec("causes")
    texts = {
        BASE / "error_catalog.py": ERRORS
        % _rows(
            f"{_text(code)}: ErrorSpec({_arguments(row)}),"
            for code, row in errors.items()
            if "sdk" not in row
        ),
        BASE / "causes.py": CAUSES
        % (
            _rows(f"{_constant(name)} = {_text(name)}" for name in causes),
            _rows(
                f"{_text(former)}: {_text(name)},"
                for name, row in causes.items()
                for former in row.get("former", [])
            ),
        ),
        BASE / "cause_catalog.py": CAUSE_CATALOG
        % _rows(
            f"Cause.{_constant(name)}: "
            f"CauseSpec({_text(row['sentence'])}, {row['sip']}, {row['q850']}),"
            for name, row in causes.items()
        ),
    }
    return {path: _formatted(path, text) for path, text in texts.items()}


def _spec(name: str) -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads((ROOT / f"spec/{name}.toml").read_text())


def _rows(lines: Iterable[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)


def _arguments(row: Mapping[str, Any]) -> str:
    status = [str(row["status"])] if "status" in row else []
    # The comma at the end keeps one argument per line.
    return ", ".join([_text(row["message"]), _text(row["hint"]), *status]) + ","


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _constant(name: str) -> str:
    return name.upper().replace("-", "_")


def _formatted(path: Path, text: str) -> str:
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or "ruff"
    command = [ruff, "format", "--stdin-filename", str(path), "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout
