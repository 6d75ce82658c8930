"""How requests prove to the user's server that they come from us: HMAC-SHA1 over URL and form."""

import hashlib
import hmac
from base64 import b64encode

from offhook.base.web import Parameters


def sign(url: str, form: Parameters, secret: str) -> str:
    """The signature of a request, in base64.

    Args:
        url: As it is sent, with its query and without fragment.
        form: The parameters of a POST's body; none for a GET.
        secret: The account's.
    """
    # A name that comes more than once counts with each distinct value, sorted.
    pairs = sorted(set(form))
    text = url + "".join(name + value for name, value in pairs)
    # SHA-1 is the vendor's choice; HMAC does not lean on its collision resistance (RFC 6151 §2).
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()
    return b64encode(digest).decode()
