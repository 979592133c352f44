"""What it saves that requests share calls of a model: one row a request, 16 clients, with and without.

A pipeline of scikit-learn that has no lowered form, and a small net on digits. Both ways are served side
by side and measured in turns; the unit is CPU of all processes of a server for each request, which other
load disturbs less than the rate.
"""

from __future__ import annotations

import json
import os
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

from credit import HOME, NEIGHBOURS, neighbours_settings, single_bodies
from http_credit import Contestant, measure
from load_client import http_request
from process_tree import load_average

import headway
from headway.config.load import load_settings
from nets import digits_net

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headway.config.settings import Settings

DIGITS = "digits"
N_CLIENTS = 16
ROUNDS = 5
FOLDER = Path(__file__).parent


def main() -> None:
    """Measure both models and print what came of it."""
    print(f"load average {load_average():.2f}")
    compare(NEIGHBOURS, neighbours_settings, single_bodies())
    compare(DIGITS, digits_settings, digits_bodies())
    print(f"load average {load_average():.2f}")


def compare(name: str, settings: Callable[..., Settings], bodies: Sequence[bytes]) -> None:
    """Measure a model with and without batching, in turns."""
    requests = [http_request(f"/models/{name}/predict", body) for body in bodies]
    cpus = sorted(os.sched_getaffinity(0))
    with_it, without = settings(), settings(max_batch_size=1)
    os.sched_setaffinity(0, cpus[:1])
    with (
        headway.serve(name, background=True, settings=with_it) as shared,
        headway.serve(name, background=True, settings=without) as alone,
    ):
        os.sched_setaffinity(0, cpus[-1:])
        contestants = [
            Contestant(label, server.pid, int(server.url.rpartition(":")[2]))
            for label, server in (("batching", shared), ("none", alone))
        ]
        rounds = [[measure(one, requests, N_CLIENTS) for one in contestants] for _ in range(ROUNDS)]
    os.sched_setaffinity(0, cpus)
    print(f"{name}, {N_CLIENTS} clients:")
    for contestant, figures in zip(contestants, zip(*rounds, strict=True), strict=True):
        print(
            f"  {contestant.name:9} {statistics.median(f.cpu_us for f in figures):8,.0f} us of CPU  "
            f"{statistics.median(f.rate for f in figures):7,.0f} requests/s  "
            f"p50 {statistics.median(f.p50_ms for f in figures):.1f} ms"
        )
    ratios = [alone.cpu_us / shared.cpu_us for shared, alone in rounds]
    print(f"  CPU without by CPU with it {statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})")  # fmt: skip


def digits_settings(**limits: int) -> Settings:
    """Return settings whose registry holds the net.

    Args:
        limits: Settings of that model.
    """
    settings = load_settings({"home": str(HOME), "models": {DIGITS: {"cache": "off", **limits}}})
    try:
        headway.load(DIGITS, settings=settings)
    except headway.HeadwayError:
        net = digits_net()
        headway.register(
            net.module,
            net.seen,
            name=DIGITS,
            evaluation=(net.unseen, net.labels),
            output=net.output,
            code=[FOLDER / "nets.py", FOLDER / "credit.py"],
            settings=settings,
        )
    return settings


def digits_bodies() -> list[bytes]:
    """Return images of digits, each as the body of a request."""
    images = digits_net().unseen["image"]
    return [json.dumps({"features": {"image": image.tolist()}}).encode() for image in images]


if __name__ == "__main__":
    main()
