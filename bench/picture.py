"""The picture of a measurement: CPU, delay and loss by number of calls."""

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

COLOURS = {"offhook": "#0b6e4f", "rtpengine": "#b3541e"}


def draw(results: dict[str, Any], path: Path) -> None:
    """Writes the picture as SVG."""
    figure, axes = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
    panels = (
        ("relay", "cpu", 100, "SRTP relay: CPU, % of a core"),
        ("relay", "p99_ms", 1, "SRTP relay: added delay p99, ms"),
        ("transcode", "cpu", 100, "Opus to PCMU and back: CPU, % of a core"),
    )
    for axis, (what, key, scale, title) in zip(axes, panels, strict=True):
        for name, found in results["found"].items():
            good = [one for one in found.get(what, []) if one.get(key) is not None]
            calls, values = [one["calls"] for one in good], [scale * one[key] for one in good]
            axis.plot(calls, values, marker="o", ms=3, label=name, color=COLOURS[name])
            lossy = [
                (c, v) for c, v, one in zip(calls, values, good, strict=True) if not one["carried"]
            ]
            if lossy:
                axis.plot(*zip(*lossy, strict=True), "x", ms=9, color=COLOURS[name])
        axis.set(title=title, xlabel="two-way calls", ylim=(0, None), xlim=(0, None))
        axis.grid(alpha=0.3)
    axes[1].set_yscale("log")
    axes[1].set_ylim(0.05, None)
    axes[0].legend()
    machine = results["machine"]
    figure.suptitle(
        f"one core each for engine and generator; {machine['processor']}, kernel {machine['kernel']};"
        " x: not carried",
        fontsize=9,
    )
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
