"""Sealed values open only with their key and for what they were sealed for."""

import base64
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.base.errors import UsageError
from offhook.store.encryption import Cipher, node_key

KEY = bytes(range(32))


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(TEXT, TEXT)
def test_encrypted_data_decrypts(plain: str, what: str) -> None:
    encrypted = Cipher(KEY).encrypt(plain, what)
    assert Cipher(KEY).decrypt(encrypted, what) == plain


def test_the_same_secret_is_sealed_differently_each_time() -> None:
    assert Cipher(KEY).encrypt("s", "w") != Cipher(KEY).encrypt("s", "w")


def test_no_nonce_is_used_twice() -> None:
    cipher = Cipher(KEY)
    nonces = {cipher.encrypt("s", "w")[1:13] for _ in range(2_000)}
    assert len(nonces) == 2_000


def test_two_threads_do_not_share_nonces() -> None:
    cipher, sealed = Cipher(KEY), list[bytes]()

    def seal() -> None:
        for _ in range(2_000):
            sealed.append(cipher.encrypt("s", "w"))

    threads = [threading.Thread(target=seal) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each[1:13] for each in sealed}) == 8_000


def test_a_forked_process_draws_nonces_of_its_own() -> None:
    cipher = Cipher(KEY)
    cipher.encrypt("s", "w")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, cipher.encrypt("s", "w"))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 100)[1:13] != cipher.encrypt("s", "w")[1:13]
    os.close(reader)
    os.close(writer)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_flipped_bit_anywhere_is_noticed(place: int, flip: int) -> None:
    encrypted = bytearray(Cipher(KEY).encrypt("the secret", "what"))
    encrypted[place % len(encrypted)] ^= flip
    with pytest.raises(UsageError, match="node key"):
        Cipher(KEY).decrypt(bytes(encrypted), "what")


@given(st.binary(max_size=60))
def test_arbitrary_bytes_do_not_decrypt(rubbish: bytes) -> None:
    with pytest.raises(UsageError):
        Cipher(KEY).decrypt(rubbish, "what")


def test_another_key_or_another_row_does_not_open_it() -> None:
    encrypted = Cipher(KEY).encrypt("the secret", "account-secret:MA1")
    with pytest.raises(UsageError, match="account-secret"):
        Cipher(bytes(32)).decrypt(encrypted, "account-secret:MA1")
    with pytest.raises(UsageError):
        Cipher(KEY).decrypt(encrypted, "account-secret:MA2")


def test_a_key_has_32_bytes() -> None:
    with pytest.raises(UsageError, match="32 bytes"):
        Cipher(b"short")


def test_the_first_start_makes_a_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    key = node_key(tmp_path / "node.key")
    assert len(key) == 32
    assert (tmp_path / "node.key").stat().st_mode & 0o777 == 0o600
    assert node_key(tmp_path / "node.key") == key
    assert [path.name for path in tmp_path.iterdir()] == ["node.key"]
    assert node_key(tmp_path / "other.key") != key


def test_starts_at_the_same_moment_agree_on_one_key(tmp_path: Path) -> None:
    found: list[bytes] = []
    starts = [
        threading.Thread(target=lambda: found.append(node_key(tmp_path / "node.key")))
        for _ in range(8)
    ]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_key_that_others_can_read_is_refused_with_the_cure(tmp_path: Path) -> None:
    path = tmp_path / "node.key"
    node_key(path)
    path.chmod(0o640)
    with pytest.raises(UsageError, match="chmod 600"):
        node_key(path)


@pytest.mark.parametrize("content", [b"", b"!!!", base64.b64encode(b"short"), b"\xff" * 44])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "node.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(UsageError, match="no node key"):
        node_key(path)


def test_a_link_to_a_key_elsewhere_is_not_followed(tmp_path: Path) -> None:
    node_key(tmp_path / "elsewhere.key")
    (tmp_path / "node.key").symlink_to(tmp_path / "elsewhere.key")
    with pytest.raises(OSError, match="symbolic links"):
        node_key(tmp_path / "node.key")
