"""Distinguishes settings from the variables that Kubernetes and Docker generate for a service of our name.

For a service `offhook` Kubernetes ("enableServiceLinks") sets `OFFHOOK_SERVICE_HOST`,
`OFFHOOK_PORT=tcp://10.96.0.7:8480` and more in each container; for a service `offhook-media` it sets
`OFFHOOK_MEDIA_PORT` and so on. Docker's container links have the same form. They are no settings,
whatever their names.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

_NAMES: Final = re.compile(
    r"OFFHOOK(_[A-Z0-9_]+)?_"
    r"(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?"
    r"|PORT_[0-9]{1,5}_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR|START|END))?)\Z"
)
_PORTS: Final = re.compile(r"OFFHOOK(_[A-Z0-9_]+)?_PORT\Z")
_URLS: Final = re.compile(r"(tcp|udp|sctp)://", re.IGNORECASE)
_LINK: Final = re.compile(r"OFFHOOK(_[A-Z0-9_]+)?_NAME\Z")
_PATH: Final = re.compile(r"/[^/]+/[^/]+\Z")


def is_container_link(variable: str, text: str) -> bool:
    """Whether the variable was set for a service or a container, and not by a person for us."""
    if _NAMES.match(variable):
        return True
    if _PORTS.match(variable):
        return _URLS.match(text.strip()) is not None
    return _LINK.match(variable) is not None and _PATH.match(text.strip()) is not None


def container_links(environment: Mapping[str, str]) -> Sequence[str]:
    """The names of such variables, in alphabetical order."""
    return sorted(name for name, text in environment.items() if is_container_link(name, text))
