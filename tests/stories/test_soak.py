"""Many calls one after the other leave nothing behind in the server. `SOAK_CALLS` says how many."""

import asyncio
import gc
import os
from collections import Counter

from dialect_xml import DialectXml
from offhook.testing.simulated_browser import CallState, SimulatedBrowser
from offhook.testing.simulation import Simulation

CALLS = int(os.environ.get("SOAK_CALLS", "40"))
WARM_UP = 10
# Packages whose objects belong to a call. Records, kept on purpose, are values of `base` and `calls.cdr`.
OF_CALLS = ("offhook.flow", "offhook.calls", "offhook.links", "offhook.verbs", "offhook.engine")


async def _one_call(alice: SimulatedBrowser, bob: SimulatedBrowser) -> None:
    calling = alice.call("bob")
    ringing = await bob.next_incoming()
    ringing.answer()
    await calling.wait_for(CallState.UP)
    ringing.hang_up()
    await calling.wait_for(CallState.ENDED)


async def _live(simulation: Simulation) -> Counter[str]:
    """How many objects of each class are there once everything that has ended is gone."""
    await asyncio.sleep(60)
    simulation.records.records.clear()
    gc.collect()
    # Other tests of the process leave classes whose module is not a string.
    classes = (
        (type(each), str(getattr(type(each), "__module__", ""))) for each in gc.get_objects()
    )
    return Counter(
        f"{module}.{each.__qualname__}" for each, module in classes if module.startswith(OF_CALLS)
    )


async def test_calls_leave_no_objects_tasks_or_legs_behind(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.dial("bob"))
        alice = await simulation.add_browser("alice")
        bob = await simulation.add_browser("bob")
        for _ in range(WARM_UP):
            await _one_call(alice, bob)
            alice.calls.clear()
            bob.calls.clear()
        before, tasks = await _live(simulation), len(asyncio.all_tasks())
        for _ in range(CALLS):
            await _one_call(alice, bob)
            alice.calls.clear()
            bob.calls.clear()
        after = await _live(simulation)
        assert before, "no object of a call was ever seen"
        grown = {name: count for name, count in (after - before).items() if count > 2}
        assert not grown
        assert len(asyncio.all_tasks()) <= tasks + 2
        assert (simulation.dispatcher.calls, simulation.media.legs, simulation.legs) == (
            0,
            0,
            0,
        )
