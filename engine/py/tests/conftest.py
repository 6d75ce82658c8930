"""What the engine's tests share: two parties that agree, patience, and an ear for tones."""

import select
from collections import deque

import numpy as np
import pytest
from offhook_engine import events_of


@pytest.fixture
def agree():
    """One leg offers, the other answers."""

    def agree(caller, a, callee, b, **terms):
        caller.accept(a, callee.answer(b, caller.offer(a, **terms)))

    return agree


@pytest.fixture
def loudest():
    """The strongest frequency in Hz, and by how many dB what is within 20 Hz of it stands over all
    else: where a packet was lost, a tone goes on with another phase, which blurs its line."""

    def loudest(rate_hz, samples):
        sound = np.frombuffer(samples, np.int16).astype(float)
        power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
        peak = int(power.argmax())
        near = 20 * len(sound) // rate_hz
        tone = power[max(peak - near, 0) : peak + near + 1].sum()
        rest = max(power.sum() - tone, 1e-9)
        return peak * rate_hz / len(sound), 10 * np.log10(tone / rest)

    return loudest


@pytest.fixture
def unread():
    """The events of each engine that no test has taken yet."""
    waiting = {}

    def unread(engine, wanted):
        """The next event of that class; those before it are passed over."""
        reported = waiting.setdefault(engine, deque())
        reported.extend(events_of(engine))
        while reported:
            event = reported.popleft()
            if isinstance(event, wanted):
                return event
        return None

    return unread


@pytest.fixture
def reported(unread):
    """Lets virtual time pass until an engine tells an event of the class that is wanted."""

    def reported(world, engine, wanted, limit_s=20.0):
        end = world.now + limit_s
        while True:
            if event := unread(engine, wanted):
                return event
            if world.now >= end:
                pytest.fail(f"no {wanted.__name__} within {limit_s} s")
            world.advance(min(end, world.now + 0.02))

    return reported


@pytest.fixture
def really_told(unread):
    """Waits, by the descriptor, until an engine with threads tells an event of a class."""

    def really_told(engine, wanted, limit_s=10.0):
        while True:
            if event := unread(engine, wanted):
                return event
            if not select.select([engine.fileno()], [], [], limit_s)[0]:
                pytest.fail(f"no {wanted.__name__} within {limit_s} s")

    return really_told
