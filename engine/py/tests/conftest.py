"""What the engine's tests share: two parties that agree, patience, and an ear for tones."""

import select

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
    """The strongest frequency in Hz, and by how many dB it stands over everything else."""

    def loudest(rate_hz, samples):
        sound = np.frombuffer(samples, np.int16).astype(float)
        power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
        peak = int(power.argmax())
        tone = power[max(peak - 3, 0) : peak + 4].sum()
        rest = max(power.sum() - tone, 1e-9)
        return peak * rate_hz / len(sound), 10 * np.log10(tone / rest)

    return loudest


@pytest.fixture
def told():
    """Lets virtual time pass until an engine tells an event of the class that is wanted."""

    def told(world, engine, wanted, limit_s=20.0):
        end = world.now + limit_s
        while world.now < end:
            world.advance(min(end, world.now + 0.02))
            for event in events_of(engine):
                if isinstance(event, wanted):
                    return event
        pytest.fail(f"no {wanted.__name__} within {limit_s} s")

    return told


@pytest.fixture
def really_told():
    """Waits, by the descriptor, until an engine with threads tells an event of a class."""

    def really_told(engine, wanted, limit_s=10.0):
        while select.select([engine.fileno()], [], [], limit_s)[0]:
            for event in events_of(engine):
                if isinstance(event, wanted):
                    return event
        pytest.fail(f"no {wanted.__name__} within {limit_s} s")

    return really_told
