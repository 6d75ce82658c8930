"""Serializes requests, media reports and journals as JSON that every database takes."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final, cast

from offhook.base.ids import AccountId, CallId, LegId
from offhook.base.journal.entry import Entry, Epoch
from offhook.base.journal.table import decode
from offhook.base.media import MediaReport
from offhook.base.web import Signing, WebLimits, WebRequest

_AS_THEY_ARE: Final = frozenset({int, bool, type(None)})

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def clean(text: str) -> str:
    """Text that every database takes: PostgreSQL has no NUL, UTF-8 no half of a surrogate pair."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def plain(value: object) -> Json:
    """A JSON value that every database takes; what JSON cannot express becomes its text, or null."""
    kind = type(value)
    if kind is int or kind is bool or value is None:
        return cast("int | bool | None", value)
    if kind is dict:
        # Most of a journal: the details of its entries.
        return {
            key if type(key) is str and key.isascii() and "\0" not in key else clean(str(key)): (
                inner if type(inner) in _AS_THEY_ARE else plain(inner)
            )
            for key, inner in cast("dict[object, Any]", value).items()
        }
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool | int) or value is None:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value)
        return {clean(str(key)): plain(inner) for key, inner in pairs.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in cast("Iterable[object]", value)]
    return clean(str(value))


def write_journal(entries: Iterable[Entry]) -> list[Json]:
    """A journal as rows of number, time, event, leg, details, number of the detail and epoch."""
    return [
        [
            entry.number,
            plain(entry.at),
            clean(entry.event),
            entry.leg,
            plain(entry.details),
            entry.detail,
            *entry.epoch,
        ]
        for entry in entries
    ]


def read_journal(rows: list[Any]) -> tuple[Entry, ...]:
    """The journal that `write_journal` wrote."""
    return tuple(
        Entry(
            number=number,
            at=at,
            body=decode(event, details),
            leg=None if leg is None else LegId(leg),
            detail=rest[0] if rest else 0,
            epoch=Epoch(*rest[1:]),
        )
        for number, at, event, leg, details, *rest in rows
    )


def write_media(report: MediaReport | None) -> Json:
    """A leg's last report, as JSON."""
    return None if report is None else plain(report.to_json())


def read_media(value: Mapping[str, Any] | None) -> MediaReport | None:
    """The report that `write_media` wrote."""
    return None if value is None else MediaReport.from_json(value)


def write_request(request: WebRequest) -> str:
    """A request, as JSON text."""
    limits = {name: getattr(request.limits, name) for name in WebLimits.__slots__}
    limits["retry_on"] = sorted(request.limits.retry_on)
    fields = {
        "method": request.method,
        "url": request.url,
        "form": [list(pair) for pair in request.form],
        "headers": dict(request.headers),
        "signing": None if request.signing is None else asdict(request.signing),
        "limits": limits,
        "account": request.account,
        "call": request.call,
        "patience_s": request.patience_s,
    }
    return json.dumps(fields, separators=(",", ":"))


def read_request(text: str) -> WebRequest:
    """The request that `write_request` wrote."""
    fields = json.loads(text)
    limits = fields["limits"]
    limits["retry_on"] = frozenset(limits["retry_on"])
    return WebRequest(
        method=fields["method"],
        url=fields["url"],
        form=tuple((name, value) for name, value in fields["form"]),
        headers=fields["headers"],
        # A callback of an older server has its signature among its headers.
        signing=Signing(**fields["signing"]) if fields.get("signing") else None,
        limits=WebLimits(**limits),
        account=AccountId(fields["account"]),
        call=None if fields["call"] is None else CallId(fields["call"]),
        patience_s=fields.get("patience_s", 0.0),
    )
