"""How requests prove to the user's server that they come from us: HMAC-SHA256 in two versions."""

import hashlib
import hmac
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

from offhook.base.web import Parameters


def second(url: str, secret: str, nonce: str) -> str:
    """Version 2: over the URL without its query, and the nonce."""
    return _digest(_place(url) + nonce, secret)


def third(method: str, url: str, form: Parameters, secret: str, nonce: str) -> str:
    """Version 3: over the URL, the parameters and the nonce.

    The vendor's own libraries join URL and parameters of a POST by `?` alone when there is no query,
    and by `.` when there is one; its documentation differs, and the libraries are what counts.

    Args:
        method: `GET` or `POST`.
        url: As it is sent, with its query and without fragment.
        form: The parameters of a POST's body; none for a GET.
        secret: The account's.
        nonce: As it is sent.
    """
    query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    text = _place(url)
    if query or form:
        text += "?"
    text += "&".join(f"{name}={value}" for name, value in _sorted(query))
    if method == "POST" and form:
        text += "." if query else ""
        text += "".join(name + value for name, value in _sorted(form))
    return _digest(f"{text}.{nonce}", secret)


def _place(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _sorted(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    values: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in pairs:
        values[name].append(value)
    return ((name, value) for name in sorted(values) for value in sorted(values[name]))


def _digest(text: str, secret: str) -> str:
    return b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()
