"""Takes an attribute or a parameter away from a dialect, so that a story that shows it has to fail."""

from types import ModuleType
from typing import Final

import pytest
from offhook.base.conferences import Report
from offhook.base.web import Parameters
from offhook.dialects import attributes
from offhook.dialects.plivo import conference as plivo_conference
from offhook.dialects.plivo import params as plivo
from offhook.dialects.twilio import conference as twilio_conference
from offhook.dialects.twilio import params as twilio
from offhook.dialects.xml import Element
from offhook.verbs.base import WebhookContext

_PARAMS: Final[dict[str, ModuleType]] = {"twilio": twilio, "plivo": plivo}
_REPORTS: Final[dict[str, ModuleType]] = {
    "twilio": twilio_conference,
    "plivo": plivo_conference,
}


def drop_attribute(monkeypatch: pytest.MonkeyPatch, dialect: str, element: str, name: str) -> None:
    """The parsers of a dialect do not see the attribute."""
    begin = attributes.Attributes.__init__

    def without(
        self: attributes.Attributes, of: Element, warnings: attributes.Warnings, code: str
    ) -> None:
        if of.name == element and code.isdigit() is (dialect == "twilio"):
            of.attributes.pop(name, None)
        begin(self, of, warnings, code)

    monkeypatch.setattr(attributes.Attributes, "__init__", without)


def rename_parameter(monkeypatch: pytest.MonkeyPatch, dialect: str, name: str) -> None:
    """Requests of a dialect have the parameter under another name."""
    encode = _PARAMS[dialect].encode

    def renamed(ask: WebhookContext) -> Parameters:
        return tuple((f"Other{key}" if key == name else key, value) for key, value in encode(ask))

    monkeypatch.setattr(_PARAMS[dialect], "encode", renamed)
    report_parameters = _REPORTS[dialect].parameters

    def renamed_report(report: Report) -> Parameters:
        sent = report_parameters(report)
        return tuple((f"Other{key}" if key == name else key, value) for key, value in sent)

    monkeypatch.setattr(_REPORTS[dialect], "parameters", renamed_report)
