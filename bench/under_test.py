"""The engine as users run it, in a process of its own: obeys orders by line, like the generator.

- `{"do": "calls", "sdp": [offer, offer, ...]}` answers each offer and joins legs two by two;
- `{"do": "legs", "sdp": [offer, ...]}` answers each and joins none;
- `{"do": "confer", "room": N}` puts each N legs into a conference;
- `{"do": "play", "path": P, "spread_s": S, "stop_on_digit": false}` plays a file to all for ever, one leg
  after the other over S seconds;
- `{"do": "connected"}` returns how many legs are connected so far;
- `{"do": "statistics"}`; `{"do": "forget"}`.

Its one argument, if there is one, is the complexity of its Opus encoders.
"""

import json
import sys
import time
from typing import Any

from offhook_engine import Connected, Engine, Source, events_of


class UnderTest:
    """One engine with its legs."""

    def __init__(self, complexity: int | None) -> None:
        self.engine = Engine(workers=1, listen=["127.0.0.1"], tcp=False, complexity=complexity)
        self.legs: list[int] = []
        self.connected = 0

    def calls(self, order: dict[str, Any]) -> object:
        answers: list[str] = []
        for n, offer in enumerate(order["sdp"]):
            leg = self.engine.open()
            answers.append(self.engine.answer(leg, offer))
            self.legs.append(leg)
            if n % 2:
                self.engine.bridge(self.legs[-2], leg)
        return {"sdp": answers}

    def answer(self, order: dict[str, Any]) -> object:
        answers: list[str] = []
        for offer in order["sdp"]:
            self.legs.append(self.engine.open())
            answers.append(self.engine.answer(self.legs[-1], offer))
        return {"sdp": answers}

    def confer(self, order: dict[str, Any]) -> object:
        for n, leg in enumerate(self.legs):
            self.engine.join(1 + n // order["room"], leg)
        return {}

    def play(self, order: dict[str, Any]) -> object:
        with open(order["path"], "rb") as file:
            data = file.read()
        for leg in self.legs:
            # As a server that fetched the file for each call: the engine has to find out that all are one.
            source = Source.encoded(data)
            self.engine.play(leg, source, times=0, stop_on_digit=order["stop_on_digit"])
            time.sleep(order["spread_s"] / len(self.legs))
        return {}

    def report(self, _order: dict[str, Any]) -> object:
        self.connected += sum(isinstance(event, Connected) for event in events_of(self.engine))
        return {"connected": self.connected}

    def statistics(self, _order: dict[str, Any]) -> object:
        return self.engine.statistics()

    def forget(self, _order: dict[str, Any]) -> object:
        while self.legs:
            self.engine.close(self.legs.pop())
        self.connected = 0
        return {}


def main() -> None:
    under_test = UnderTest(int(sys.argv[1]) if len(sys.argv) > 1 else None)
    obey = {
        "calls": under_test.calls,
        "legs": under_test.answer,
        "confer": under_test.confer,
        "play": under_test.play,
        "connected": under_test.report,
        "statistics": under_test.statistics,
        "forget": under_test.forget,
    }
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(obey[order["do"]](order)), flush=True)


if __name__ == "__main__":
    main()
