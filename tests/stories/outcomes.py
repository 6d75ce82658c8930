"""What has come of calls, without what differs from run to run: for comparing two runs."""

import re
from collections.abc import Iterator, Mapping

from offhook.base.records import CallRecord
from offhook.testing.memory import InMemoryRecords
from offhook.testing.web import ScriptedWeb

_ID = re.compile("[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
_TIMES = ("Duration", "Timestamp", "Time", "Nonce", "BillDuration")


def facts(web: ScriptedWeb, kept: InMemoryRecords) -> list[str]:
    """What must not depend on whether the server was restarted: not times, and not what was said twice."""
    records = sorted(kept.records, key=lambda record: record.started_at)
    requests: dict[str, str] = {}
    for request in web.requests:
        if not request.path.endswith(".wav"):
            shown = f"{request.method} {request.path} {_stable(request.parameters)}"
            assert requests.setdefault(request.nonce, shown) == shown
    lines = [
        *requests.values(),
        *(line for record in records for line in _lines(record)),
        *(str(_stable(dict(c.request.form))) for c in kept.callbacks),
    ]
    names: dict[str, str] = {}
    return [_ID.sub(lambda id: _name(names, id[0]), line) for line in lines]


def _name(names: dict[str, str], id: str) -> str:
    """Ids are compared by the order in which they come."""
    return names.setdefault(id.replace("-", ""), f"id{len(names)}")


def _lines(record: CallRecord) -> Iterator[str]:
    yield f"{record.cause} by {record.hung_up_by}"
    yield f"dialled {record.dialled}"
    for leg in record.legs:
        yield f"{leg.id} {leg.direction} {leg.peer} {leg.cause} {leg.ended_by}"


def _stable(parameters: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(
        (name, value)
        for name, value in parameters.items()
        if not any(part in name for part in _TIMES)
    )


def apart_from_carol(lines: list[str]) -> list[str]:
    """Whether its target rang, and why the dial ended, depends on the moment."""
    kept = [line for line in lines if "client:carol" not in line and "dialled" not in line]
    return [re.sub("id[0-9]+|'DialHangupCause', '[A-Z_]+'", "id", line) for line in kept]
