"""Every dialect brings all its parts."""

import re

from offhook.dialects.registry import application_ids, plugins
from offhook.testing.deterministic import SeededIds


def test_every_folder_is_known_by_the_name_of_its_dialect() -> None:
    assert list(plugins()) == ["plivo", "twilio"]
    for name, plugin in plugins().items():
        assert plugin.dialect.name == name
        assert plugin.tokens.name == name
        assert plugin.tokens.content_type


def test_each_dialect_makes_application_ids_in_its_vendors_form() -> None:
    makers = application_ids(plugins())
    assert re.fullmatch("[1-9][0-9]{16}", makers["plivo"](SeededIds()))
    assert re.fullmatch("[0-9a-f]{32}", makers["twilio"](SeededIds()))
