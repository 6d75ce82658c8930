"""What lives in memory behaves like what lives on disk."""

from offhook.base.accounts import Application
from offhook.base.ids import AccountId, ApplicationId
from offhook.testing.memory import ACCOUNT, SECRET, InMemoryDirectory, InMemoryMetrics

STRANGER = AccountId("MAZZZZZZZZZZZZZZZZZZ")


async def test_an_application_belongs_to_its_account() -> None:
    directory = InMemoryDirectory()
    application = Application(
        id=ApplicationId("a"), account=ACCOUNT, name="n", dialect="d", answer_url="http://a.test/"
    )
    id = directory.add(application)
    assert await directory.application(ACCOUNT, id) == application
    assert await directory.application(STRANGER, id) is None
    assert await directory.application(ACCOUNT, ApplicationId("b")) is None
    assert (await directory.secret(ACCOUNT), await directory.secret(STRANGER)) == (SECRET, None)


def test_counts_are_by_name_and_by_label() -> None:
    counts = InMemoryMetrics()
    counts.count("calls", {"b": "2", "a": "1"})
    counts.count("calls")
    assert counts.counts == {"calls": 2, "calls{a=1,b=2}": 1}
