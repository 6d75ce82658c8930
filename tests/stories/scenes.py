"""What many stories begin with."""

from offhook.testing.phone import At, Phone, PhoneCall
from offhook.testing.stage import Network, Stage
from tongues import Tongue

ALICE_HZ = 440.0
BOB_HZ = 1_000.0
CLEAR_DB = 20.0
"""A tone that is so much louder than everything else is heard without doubt."""


async def two_people(stage: Stage, network: Network | None = None) -> tuple[Phone, Phone]:
    """Alice and bob, each with a tone of their own."""
    alice = await stage.person("alice", hz=ALICE_HZ, network=network)
    bob = await stage.person("bob", hz=BOB_HZ, network=network)
    return alice, bob


async def talking(
    stage: Stage,
    tongue: Tongue,
    *,
    then: str = "",
    action: str = "",
    more: str = "",
    network: Network | None = None,
) -> tuple[PhoneCall, PhoneCall]:
    """Alice has called bob, and the two talk."""
    stage.answers(tongue.dial("bob", action=action, more=more) + then)
    alice, bob = await two_people(stage, network)
    calling = alice.call("bob")
    ringing = await bob.rings()
    ringing.ring()
    ringing.answer()
    await calling.until(At.UP)
    await calling.until_connected()
    await ringing.until_connected()
    return calling, ringing
