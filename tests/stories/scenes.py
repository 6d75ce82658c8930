"""What many stories begin with."""

from dialect_xml import DialectXml
from offhook.testing.simulated_browser import BrowserCall, CallState, SimulatedBrowser
from offhook.testing.simulation import Network, Simulation

ALICE_HZ = 440.0
BOB_HZ = 1_000.0
CLEAR_DB = 20.0
"""A tone that is so much louder than everything else is heard without doubt."""


async def two_people(
    simulation: Simulation, network: Network | None = None
) -> tuple[SimulatedBrowser, SimulatedBrowser]:
    """Alice and bob, each with a tone of their own."""
    alice = await simulation.add_browser("alice", hz=ALICE_HZ, network=network)
    bob = await simulation.add_browser("bob", hz=BOB_HZ, network=network)
    return alice, bob


async def talking(
    simulation: Simulation,
    xml: DialectXml,
    *,
    then: str = "",
    action: str = "",
    more: str = "",
    network: Network | None = None,
) -> tuple[BrowserCall, BrowserCall]:
    """Alice has called bob, and the two talk."""
    simulation.set_answer(xml.dial("bob", action=action, more=more) + then)
    alice, bob = await two_people(simulation, network)
    calling = alice.call("bob")
    ringing = await bob.next_incoming()
    ringing.ring()
    ringing.answer()
    await calling.wait_for(CallState.UP)
    await calling.wait_connected()
    await ringing.wait_connected()
    return calling, ringing
