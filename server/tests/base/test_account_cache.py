"""Accounts share a cache: each loses its own entries, the least recently used first."""

from offhook.base.account_cache import AccountCache


def filled(*entries: tuple[str, str, int], most_bytes: int = 100) -> AccountCache[str]:
    cache: AccountCache[str] = AccountCache(most_bytes)
    for key, account, size in entries:
        cache.put(key, f"value of {key}", account=account, size_bytes=size)
    return cache


def test_what_was_put_is_found() -> None:
    cache = filled(("a", "one", 10))
    assert cache.get("a") == "value of a"
    assert cache.get("b") is None
    assert cache.used_bytes == 10


def test_the_least_recently_used_goes_first() -> None:
    cache = filled(("a", "one", 40), ("b", "one", 40))
    cache.get("a")
    cache.put("c", "value of c", account="one", size_bytes=40)
    assert [key for key in "abc" if cache.get(key)] == ["a", "c"]
    assert cache.used_bytes == 80


def test_the_account_that_has_most_pays() -> None:
    cache = filled(("small", "one", 10), ("a", "two", 40), ("b", "two", 40))
    cache.put("c", "value of c", account="one", size_bytes=20)
    assert cache.get("small") is not None
    assert cache.get("a") is None
    assert cache.get("b") is not None


def test_a_value_that_does_not_fit_replaces_and_is_not_kept() -> None:
    cache = filled(("a", "one", 10), ("b", "two", 10))
    cache.put("a", "larger", account="one", size_bytes=101)
    assert cache.get("a") is None
    assert cache.get("b") is not None
    assert cache.used_bytes == 10


def test_a_value_put_again_is_charged_to_its_new_account() -> None:
    cache = filled(("a", "one", 60), ("a", "two", 60), ("b", "one", 30))
    assert len(cache) == 2
    assert (cache.used_by("one"), cache.used_by("two")) == (30, 60)
