"""The SDK's own client in an embedded JavaScript engine, without a browser and without a clock of its own."""

import json
import subprocess
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

import quickjs

_ROOT: Final = Path(__file__).parents[2]
_SOURCE: Final = "sdk/test/embedded/page.ts"
_HOST: Final = (
    "Now",
    "Wall",
    "Random",
    "Timer",
    "Cancel",
    "Open",
    "Send",
    "Close",
    "Media",
    "Event",
)
_HEAD: Final = "function makePage(id) {" + "".join(
    f"const host{name} = (...values) => host(id, 'host_{name.lower()}', ...values);"
    for name in _HOST
)

# The SDK rejects a promise that nothing waits for with what a listener of the page has thrown. None here
# throws, so that each such rejection is a defect; the SDK's own errors are given to callers in the same way.
_SURFACE: Final = """
const reject = Promise.reject;
Promise.reject = function (reason) {
  if (reason?.name !== 'OffhookError') fault(`${reason}\\n${reason?.stack}`);
  return reject.call(this, reason);
};
"""


class Host(Protocol):
    """What a page takes from its surroundings; it must not call the page back before it returns."""

    def host_now(self) -> float: ...
    def host_wall(self) -> float: ...
    def host_random(self) -> float: ...
    def host_timer(self, timer: int, ms: float) -> None: ...
    def host_cancel(self, timer: int) -> None: ...
    def host_open(self, socket: int) -> None: ...
    def host_send(self, socket: int, text: str) -> None: ...
    def host_close(self, socket: int, code: int) -> None: ...
    def host_media(self, operation: str, leg: int, args: str) -> str: ...
    def host_event(self, event: Mapping[str, Any]) -> None: ...


class _Engine:
    """One JavaScript engine for all pages: reading the SDK takes longer than most stories."""

    def __init__(self) -> None:
        bundled = subprocess.run(
            [
                _ROOT / "node_modules/.bin/esbuild",
                _SOURCE,
                "--bundle",
                "--format=iife",
                "--global-name=made",
                "--target=es2022",
                "--log-level=error",
                f"--banner:js={_HEAD}",
                "--footer:js=return made.api; }",
            ],
            cwd=_ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        self.hosts: dict[int, Host] = {}
        self.faults: list[BaseException] = []
        self._context = quickjs.Context()
        self._context.add_callable("host", self._host)
        self._context.add_callable("fault", self._fault)
        self._context.eval(_SURFACE)
        self._context.eval(bundled)
        self._context.eval(
            "const pages = new Map();"
            "function make(id) { pages.set(id, makePage(id)); }"
            "function call(id, name, ...values) { return pages.get(id)[name](...values); }"
            "function drop(id) { pages.delete(id); }"
        )
        self._made = 0
        self._make, self._call, self._drop = map(self._context.get, ("make", "call", "drop"))

    def make(self, host: Host) -> int:
        self._made += 1
        self.hosts[self._made] = host
        self._make(self._made)
        return self._made

    def drop(self, page: int) -> None:
        del self.hosts[page]
        self._drop(page)

    def call(self, page: int, name: str, *values: object) -> Any:
        result = self._call(page, name, *values)
        while self._context.execute_pending_job():
            pass
        if self.faults:
            raise self.faults.pop()
        return result

    def _fault(self, text: str) -> None:
        self.faults.append(AssertionError(text))

    def _host(self, page: int, name: str, *values: Any) -> object:
        # An exception that goes through the engine loses what it says.
        try:
            function: Callable[..., object] = getattr(self.hosts[page], name)
            if name == "host_event":
                return function(json.loads(values[0]))
            return function(*values)
        except BaseException as fault:  # noqa: BLE001
            self.faults.append(fault)
            return None


@cache
def _engine() -> _Engine:
    return _Engine()


class SdkPage:
    """One page that runs the SDK."""

    def __init__(self, host: Host) -> None:
        """It does nothing yet."""
        self._engine = _engine()
        self._id = self._engine.make(host)

    def call(self, name: str, *values: object) -> Any:
        """Call a function of `sdk/test/embedded/page.ts`, and let all promises settle that can."""
        return self._engine.call(self._id, name, *values)

    def drop(self) -> None:
        """Nothing is asked of it any more."""
        self._engine.drop(self._id)
