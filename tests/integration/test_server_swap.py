"""Other plans while requests are under way: nothing fails, nothing is mixed, nothing is left."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from crafted import ROW, crafted_route, write_crafted_bundle
from headway.serving.plan import Limits, ServedModel, ServingPlan, write_plan
from running import children, running, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from running import Running

N_SWAPS = 20
FLAGS = ("--workers", "2", "--poll-interval-s", "0.02")
# of the crafted models: the one answers the opposite of the other
ANSWERS = {"3": "good", "4": "bad"}


class Swapping:
    """A server of two workers whose plan changes.

    Args:
        server: The server.
        folder: Where its plan is.
        plans: By version, a plan that serves it.
    """

    def __init__(self, server: Running, folder: Path, plans: dict[str, ServingPlan]) -> None:
        self.server = server
        self.plans = plans
        self.revision = 1
        self._path = folder / "plan.json"

    def propose(self, plan: ServingPlan) -> None:
        """Put a plan with the next revision where the supervisor finds it."""
        self.revision += 1
        write_plan(self._path, msgspec.structs.replace(plan, revision=self.revision))

    def swap(self, plan: ServingPlan) -> None:
        """Have a plan made live."""
        self.propose(plan)
        told = f"revision {self.revision} of the plan is live"
        wait_until(lambda: told in self.server.log.read_text())

    def refusal(self, plan: ServingPlan) -> str:
        """Have a plan refused, and return why."""
        before = len(self.server.log.read_text())
        self.propose(plan)
        refused = "the plan stays as it is: "
        text: str = wait_until(
            lambda: refused in (new := self.server.log.read_text()[before:]) and new
        )
        # the next one is tried with a revision of its own
        return text.partition(refused)[2].splitlines()[0]


@pytest.fixture(scope="module")
def swapping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swapping]:
    folder = tmp_path_factory.mktemp("swapping")
    plans = {}
    for version, sign in (("3", 1.0), ("4", -1.0)):
        bundle = write_crafted_bundle(folder / version, sign=sign)
        model = ServedModel("credit", (crafted_route(bundle, version),))
        plans[version] = ServingPlan(revision=1, models=(model,))
    with running(folder, plans["3"], "headway.supervisor", more=FLAGS) as server:
        yield Swapping(server, folder, plans)


def test_twenty_swaps_under_load_fail_nothing_and_mix_nothing(swapping: Swapping) -> None:
    is_over = threading.Event()
    answers: Counter[tuple[str, str]] = Counter()
    problems: list[Any] = []
    body = json.dumps(ROW)

    def ask() -> None:
        with contextlib.closing(swapping.server.connect()) as connection:
            while not is_over.is_set():
                try:
                    connection.request(
                        "POST", "/predict", body, {"Content-Type": "application/json"}
                    )
                    reply = connection.getresponse()
                    answer = json.loads(reply.read())
                    answers[answer["version"], answer["prediction"]] += 1
                except Exception as error:  # noqa: BLE001 (whatever it is, it is shown)
                    problems.append(error)
                    return

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for i in range(N_SWAPS):
        swapping.swap(swapping.plans["4" if i % 2 == 0 else "3"])
    is_over.set()
    for thread in threads:
        thread.join()
    assert problems == []
    assert set(answers) == set(ANSWERS.items())
    assert swapping.server.ask("GET", "/readyz").json()["revision"] == swapping.revision


def test_a_request_ends_as_it_began(swapping: Swapping) -> None:
    """One whose body is still on its way while its version is replaced, and replaced again."""
    swapping.swap(swapping.plans["3"])
    body = json.dumps(ROW).encode()
    head = (
        "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", swapping.server.port), timeout=20) as slow:
        slow.sendall(head.encode())
        # it is asked for once the request is that of a version
        assert slow.recv(4096).startswith(b"HTTP/1.1 100")
        (model,) = swapping.plans["4"].models
        for max_rows in (1, 2, 3):
            limits = Limits(max_rows=max_rows)
            swapping.swap(ServingPlan(1, (msgspec.structs.replace(model, limits=limits),)))
            assert swapping.server.predict(ROW).json()["version"] == "4"
        slow.sendall(body)
        reply = b"".join(iter(lambda: slow.recv(4096), b""))
    answer = json.loads(reply.partition(b"\r\n\r\n")[2])
    assert (answer["version"], answer["prediction"]) == ("3", ANSWERS["3"])


def test_a_plan_that_one_worker_cannot_serve_is_live_on_none(
    swapping: Swapping, tmp_path: Path
) -> None:
    swapping.swap(swapping.plans["3"])
    bundle = write_crafted_bundle(tmp_path / "damaged", sign=-1.0)
    next((tmp_path / "damaged").rglob("graph.onnx")).write_bytes(b"none")
    model = ServedModel("credit", (crafted_route(bundle, "5"),))
    live = swapping.server.ask("GET", "/readyz").json()
    assert "`credit:5`" in swapping.refusal(ServingPlan(1, (model,)))
    assert {swapping.server.predict(ROW).json()["version"] for _ in range(8)} == {"3"}
    assert swapping.server.ask("GET", "/readyz").json() == live


def test_a_plan_with_an_old_revision_is_refused(swapping: Swapping) -> None:
    swapping.swap(swapping.plans["3"])
    swapping.revision -= 1
    live = swapping.revision + 1
    told = swapping.refusal(swapping.plans["4"])
    assert told == f"the plan has the revision {live}; {live} is live"


def test_what_is_no_plan_is_said_and_changes_nothing(swapping: Swapping) -> None:
    swapping.swap(swapping.plans["3"])
    before = len(swapping.server.log.read_text())
    swapping._path.write_text("{")
    wait_until(lambda: "is not a serving plan" in swapping.server.log.read_text()[before:])
    assert swapping.server.predict(ROW).json()["version"] == "3"


def test_other_limits_need_another_load_and_the_same_ones_none(swapping: Swapping) -> None:
    (model,) = swapping.plans["3"].models
    tight = msgspec.structs.replace(model, limits=Limits(max_rows=1))
    swapping.swap(ServingPlan(1, (tight,)))
    assert swapping.server.predict({"rows": [ROW, ROW]}).status == 413
    swapping.swap(swapping.plans["3"])
    assert swapping.server.predict({"rows": [ROW, ROW]}).status == 200


def test_no_worker_was_replaced_for_all_that(swapping: Swapping) -> None:
    assert len(children(swapping.server.pid)) == 2
    assert "another one starts" not in swapping.server.log.read_text()


def test_a_worker_that_is_started_later_answers_by_the_plan_that_is_live(
    swapping: Swapping,
) -> None:
    swapping.swap(swapping.plans["4"])
    os.kill(children(swapping.server.pid)[0], signal.SIGKILL)
    wait_until(lambda: " of 2 is ready" in swapping.server.log.read_text())
    assert {swapping.server.predict(ROW).json()["version"] for _ in range(30)} == {"4"}
    swapping.swap(swapping.plans["3"])
    assert {swapping.server.predict(ROW).json()["version"] for _ in range(30)} == {"3"}
