"""Every dialect brings all its parts."""

from offhook.dialects.known import known


def test_every_folder_is_known_by_the_name_of_its_dialect() -> None:
    assert list(known()) == ["plivo", "twilio"]
    for name, parts in known().items():
        assert parts.dialect.name == name
        assert parts.tokens.name == name
        assert parts.tokens.content_type
