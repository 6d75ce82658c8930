"""What the fields of frames may be."""

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, StringConstraints


def printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must have printable characters only")
    return text


def _all_encodable(names: dict[str, str]) -> dict[str, str]:
    for text in (*names, *names.values()):
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            raise ValueError("must not have half of a surrogate pair")
    return names


def _all_printable(names: dict[str, str]) -> dict[str, str]:
    for name, value in names.items():
        printable(name)
        printable(value)
    return names


CallName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
SdpText = Annotated[str, StringConstraints(min_length=1, max_length=32_768)]
# What every JSON implementation can count to (RFC 8259 section 6).
MAX_SAFE: Final = 2**53 - 1
Line = Annotated[str, StringConstraints(max_length=1024)]
Count = Annotated[int, Field(ge=0, le=MAX_SAFE)]
Number = Annotated[int, Field(ge=1, le=1_000_000)]
Seq = Annotated[int, Field(ge=1, le=MAX_SAFE)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Parameters = Annotated[
    dict[
        Annotated[str, StringConstraints(min_length=1, max_length=64)],
        Annotated[str, StringConstraints(max_length=1024)],
    ],
    Field(max_length=32),
    AfterValidator(_all_encodable),
]
Headers = Annotated[
    dict[
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")],
        Annotated[str, StringConstraints(max_length=256)],
    ],
    Field(max_length=32),
    AfterValidator(_all_printable),
]
Issues = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(printable)]],
    Field(max_length=16),
]
LogLines = Annotated[list[Annotated[str, StringConstraints(max_length=512)]], Field(max_length=100)]


def _flat(samples: list[dict[str, float | int | str | bool | None]]) -> list[Any]:
    for sample in samples:
        if len(sample) > _MOST_VALUES:
            raise ValueError(f"a sample has at most {_MOST_VALUES} values")
        for name, value in sample.items():
            if not _NAME.match(name):
                raise ValueError("a value's name has letters, digits, `_` and `-` only")
            if isinstance(value, str) and len(value) > _LONGEST:
                raise ValueError(f"a value has at most {_LONGEST} characters")
    return samples


_MOST_VALUES: Final = 32
_LONGEST: Final = 64
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}\Z")
Samples = Annotated[
    list[dict[str, float | int | str | bool | None]],
    Field(min_length=1, max_length=30),
    AfterValidator(_flat),
]
