"""Every dialect brings all its parts."""

from offhook.dialects.registry import plugins


def test_every_folder_is_known_by_the_name_of_its_dialect() -> None:
    assert list(plugins()) == ["plivo", "twilio"]
    for name, plugin in plugins().items():
        assert plugin.dialect.name == name
        assert plugin.tokens.name == name
        assert plugin.tokens.content_type
