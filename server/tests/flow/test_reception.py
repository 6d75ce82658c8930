"""Calls begin here, and no more of them than there is room for."""

import pytest
from offhook.base.causes import Cause
from offhook.dialects.base import Dialect
from offhook.testing.desk import At
from offhook.testing.office import Office

Dialects = dict[str, Dialect]


@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_two_people_talk_until_one_hangs_up(dialects: Dialects, dialect: str) -> None:
    target = (
        "<Client>bob</Client>" if dialect == "twilio" else "<User>sip:bob@phone.plivo.com</User>"
    )
    async with Office(dialects) as office:
        alice, bob = await office.talk(f"<Dial>{target}</Dial>", dialect)
        assert office.engine.hears(alice.leg) == bob.leg
        assert office.engine.hears(bob.leg) == alice.leg
        bob.end()
        await alice.until(At.ENDED)
        record = await office.shelf.record()
    assert alice.cause is Cause.SCRIPT_ENDED
    assert [leg.cause for leg in record.legs] == [Cause.SCRIPT_ENDED, Cause.NORMAL]
    assert office.engine.open_legs == 0
