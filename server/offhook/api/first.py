"""What a server does at its first start: the account that commands need, and the URLs to print."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from offhook.api.demo import application_name
from offhook.base.config import Config
from offhook.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The accounts of a server at its start.

    Attributes:
        account: The only account's id; empty if there are several.
        made: Whether it was made just now.
        bare: Whether nothing of its own was made with it yet, the demonstration aside.
    """

    account: str = ""
    made: bool = False
    bare: bool = False


async def account(store: Store, dialects: tuple[str, ...]) -> Standing:
    """Make an account if there is none: commands use the only one by default.

    Args:
        store: Where accounts are.
        dialects: Those of the demonstration's applications.
    """
    found = (await store.accounts.list(limit=2)).items
    if len(found) > 1:
        return Standing()
    if not found:
        made, _ = await store.accounts.create("default")
        return Standing(account=made.id, made=True, bare=True)
    (only,) = found
    ours = {application_name(dialect) for dialect in dialects}
    applications = (await store.applications.list(only.id, limit=len(ours) + 1)).items
    bare = all(application.name in ours for application in applications)
    return Standing(account=only.id, bare=bare)


def urls(config: Config, listening: str) -> tuple[str, ...]:
    """Where people reach the server, the best first.

    Args:
        config: Its settings.
        listening: Where it listens, as a URL with its port.
    """
    if config.public_url:
        return (config.public_url.rstrip("/"),)
    if not ipaddress.ip_address(config.listen).is_unspecified:
        return (listening,)
    parts = urlsplit(listening)
    hosts = [*_names(config.tls_cert), *config.public_address]
    shown = dict.fromkeys(f"[{host}]" if ":" in host else host for host in hosts)
    return tuple(f"{parts.scheme}://{host}:{parts.port}" for host in shown) or (listening,)


def _names(certificate: str) -> list[str]:
    """The names that a certificate is good for, those with a star aside."""
    if not certificate:
        return []
    leaf = x509.load_pem_x509_certificates(Path(certificate).read_bytes())[0]
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [name for name in names.get_values_for_type(x509.DNSName) if not name.startswith("*")]
