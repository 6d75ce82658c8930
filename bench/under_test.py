"""The engine as users run it, in a process of its own: obeys orders by line, like the generator.

`{"do": "calls", "sdp": [offer, offer, ...]}` answers each offer and joins legs two by two;
`{"do": "connected"}` returns how many legs are connected so far; `{"do": "statistics"}`; `{"do": "forget"}`.
Its one argument, if there is one, is the complexity of its Opus encoders.
"""

import json
import sys
from typing import Any

from offhook_engine import Connected, Engine, events_of


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
        "connected": under_test.report,
        "statistics": under_test.statistics,
        "forget": under_test.forget,
    }
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(obey[order["do"]](order)), flush=True)


if __name__ == "__main__":
    main()
