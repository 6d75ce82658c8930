"""What is kept of a password: what HTTP and SIP digest authentication are computed from."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """The HA1 of a name, the realm and a password (RFC 7616 section 3.4.2), one for each algorithm.

    A digest is enough to log in: they are secrets like the password.

    Attributes:
        sha256: In hexadecimal; ours.
        md5: In hexadecimal, for desk phones and browser SDKs that know nothing else (RFC 8760 section 2.4);
            nothing for a password that was set before it was kept, until its next log-in.
    """

    sha256: str = field(repr=False)
    md5: str | None = field(default=None, repr=False)
