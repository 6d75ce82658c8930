"""What is sealed is opened by its key and for its context alone."""

import pytest
from offhook.base.errors import UsageError
from offhook.store.encryption import Cipher
from offhook.store.sealing import seal, unseal

KEY = Cipher(bytes(32))


def test_it_is_opened_as_it_was_and_shows_nothing() -> None:
    sealed = seal(b'{"name": "canary"}', "call:1", KEY)
    assert "canary" not in sealed
    assert unseal(sealed, "call:1", KEY) == {"name": "canary"}


@pytest.mark.parametrize(("context", "key"), [("call:2", KEY), ("call:1", Cipher(b"x" * 32))])
def test_another_key_or_context_opens_nothing(context: str, key: Cipher) -> None:
    with pytest.raises(UsageError, match="cannot decrypt"):
        unseal(seal(b"{}", "call:1", KEY), context, key)
