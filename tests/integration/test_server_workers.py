"""Several workers on one port: each has its part, and the server says how it is as a whole."""

from __future__ import annotations

import concurrent.futures
import contextlib
import http.client
import json
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from controlling import Controlled
from crafted import ROW, crafted_plan, crafted_route, write_crafted_bundle
from headway.monitoring.slots import Board
from headway.security.keys import ApiKey, hash_key
from headway.serving.control import Propose, SetKeys
from headway.serving.plan import ServedModel, ServingPlan, read_plan
from headway.serving.settings import WorkerSettings
from running import children, is_alive, running, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from running import Running

SUPERVISOR = "headway.supervisor"
# short, and yet longer than a busy machine holds up an event loop
HANG_TIMEOUT_S = 6.0
TWO = ("--workers", "2", "--poll-interval-s", "0.02")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("workers")
    settings = WorkerSettings(hang_timeout_s=HANG_TIMEOUT_S)
    plan = crafted_plan(folder)
    with running(folder, plan, SUPERVISOR, settings=settings, more=TWO) as server:
        yield server


def board_of(server: Running) -> Board:
    """Return the memory that the processes of a server share."""
    for entry in Path(f"/proc/{server.pid}/fd").iterdir():
        if "headway-board" in str(entry.readlink()):
            fd = os.open(entry, os.O_RDWR)
            try:
                return Board.attach(os.dup(fd))
            finally:
                os.close(fd)
    raise AssertionError("no board")


def is_answered(connection: http.client.HTTPConnection) -> bool:
    """Whether a prediction is answered on a connection that may be lost."""
    with contextlib.suppress(http.client.HTTPException, ConnectionError):
        connection.request(
            "POST", "/predict", json.dumps(ROW), {"Content-Type": "application/json"}
        )
        reply = connection.getresponse()
        reply.read()
        return reply.status == 200
    return False


@contextlib.contextmanager
def connected(server: Running, n_clients: int) -> Iterator[list[http.client.HTTPConnection] | None]:
    """Hold connections, or `None` where a worker has more than its part of them.

    A machine that has much else to do may let a worker come too late for its part, now and then.
    """
    slots = board_of(server).slots()
    wait_until(lambda: sum(slot.n_connections for slot in slots) == 0)
    with contextlib.ExitStack() as stack:
        connections = []
        for _ in range(n_clients):
            connection = stack.enter_context(contextlib.closing(server.connect()))
            assert is_answered(connection)
            connections.append(connection)
        shares = [slot.n_connections / n_clients for slot in slots]
        assert sum(shares) == 1
        yield connections if all(0.35 <= share <= 0.65 for share in shares) else None


@pytest.mark.parametrize("n_clients", [2, 16, 64])
def test_each_worker_keeps_its_part_of_the_connections(server: Running, n_clients: int) -> None:
    def are_shared() -> bool:
        with connected(server, n_clients) as connections:
            return connections is not None

    wait_until(are_shared)


def test_each_worker_takes_its_part_of_short_connections(server: Running) -> None:
    slots = board_of(server).slots()

    def are_shared() -> bool:
        before = [slot.n_accepted for slot in slots]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: server.predict(ROW).status, range(100)))
        assert set(answers) == {200}
        taken = [slot.n_accepted - n_before for slot, n_before in zip(slots, before, strict=True)]
        assert sum(taken) == 100
        return all(35 <= n_taken <= 65 for n_taken in taken)

    wait_until(are_shared)


def test_a_worker_that_hangs_takes_nothing_from_the_others_and_is_replaced(server: Running) -> None:
    hung, _ = children(server.pid)
    os.kill(hung, signal.SIGSTOP)
    assert [server.predict(ROW).status for _ in range(20)] == [200] * 20
    wait_until(lambda: server.ask("GET", "/readyz").json()["status"] == "degraded")
    assert server.predict(ROW).status == 200
    wait_until(lambda: not is_alive(hung))
    wait_until(lambda: server.ask("GET", "/readyz").json()["status"] == "ready")
    assert len(children(server.pid)) == 2
    assert f"hangs for {HANG_TIMEOUT_S:.0f} s, and is ended" in server.log.read_text()


def test_the_others_answer_while_a_killed_worker_is_replaced(server: Running) -> None:
    victim, survivor = children(server.pid)

    def is_tried() -> bool:
        with connected(server, 2) as kept:
            if kept is None:
                return False
            os.kill(victim, signal.SIGKILL)
            wait_until(lambda: not is_alive(victim))
            # one was on each worker
            assert sorted(is_answered(connection) for connection in kept) == [False, True]
            return True

    wait_until(is_tried)
    ready = wait_until(
        lambda: (it := server.ask("GET", "/readyz").json())["status"] != "ready" and it
    )
    assert (ready["status"], ready["workers"]) == ("degraded", {"ready": 1, "expected": 2})
    assert ready["models"] == {"credit": ["3"]}
    assert [server.predict(ROW).status for _ in range(20)] == [200] * 20
    wait_until(lambda: server.ask("GET", "/readyz").json()["status"] == "ready")
    assert survivor in children(server.pid)
    wait_until(lambda: " of 2 is ready" in server.log.read_text())
    assert "was ended by SIGKILL; another one starts in" in server.log.read_text()


def test_a_worker_that_is_killed_under_load_takes_only_what_it_was_answering(
    server: Running,
) -> None:
    slots = board_of(server).slots()
    wait_until(lambda: server.ask("GET", "/readyz").json()["status"] == "ready")
    ended, n_clients = threading.Event(), 8
    n_lost = [0] * n_clients

    def ask_again_and_again(number: int) -> None:
        connection = server.connect()
        while not ended.is_set():
            if not is_answered(connection):
                n_lost[number] += 1
                connection.close()
                connection = server.connect()
        connection.close()

    with concurrent.futures.ThreadPoolExecutor(n_clients) as pool:
        asking = [pool.submit(ask_again_and_again, number) for number in range(n_clients)]
        wait_until(lambda: sum(slot.n_connections for slot in slots) == n_clients)
        n_restarts = [slot.n_restarts for slot in slots]
        victim = max(slots, key=lambda slot: slot.n_connections)
        held = victim.n_connections
        os.kill(victim.pid, signal.SIGKILL)
        wait_until(lambda: sum(slot.n_restarts for slot in slots) > sum(n_restarts))
        wait_until(lambda: server.ask("GET", "/readyz").json()["status"] == "ready")
        ended.set()
        for done in asking:
            done.result()
    # each of its connections is lost once, with the request that was on it, and nothing else
    assert max(n_lost) <= 1
    assert sum(n_lost) <= held


def test_a_server_of_several_workers_drains_and_leaves_nothing(tmp_path: Path) -> None:
    with (
        running(tmp_path, crafted_plan(tmp_path, spin=500), SUPERVISOR, more=TWO) as server,
        concurrent.futures.ThreadPoolExecutor(2) as pool,
    ):
        workers = children(server.pid)
        slots = board_of(server).slots()
        slow = [pool.submit(server.predict, ROW | {"spin": 500_000}) for _ in range(2)]
        wait_until(lambda: sum(slot.n_connections for slot in slots) == 2)
        os.kill(server.pid, signal.SIGTERM)
        draining = wait_until(
            lambda: (ready := server.ask("GET", "/readyz")).status == 503 and ready
        )
        assert draining.json()["status"] == "draining"
        assert [answer.result().status for answer in slow] == [200, 200]
        assert server.end() == "ended with exit code 0"
        assert not any(map(is_alive, workers))
        with pytest.raises(ConnectionRefusedError):
            server.ask("GET", "/healthz")


class Guided:
    """A server with a controller."""

    def __init__(self, server: Running, controller: Controlled, folder: Path) -> None:
        self.server = server
        self.controller = controller
        self.folder = folder

    def plan(self) -> ServingPlan:
        """Return the plan that the controller was last told to be live."""
        last = self.controller.heard("status")[-1]
        return msgspec.convert(last["plan"], ServingPlan)

    def propose(self, plan: ServingPlan, proposal_id: str) -> Any:
        self.controller.say(Propose(proposal_id, plan))
        return self.controller.outcome(proposal_id)


@pytest.fixture
def guided(tmp_path: Path) -> Iterator[Guided]:
    folder = tmp_path / "controller"
    folder.mkdir()
    controller = Controlled(folder)
    command = json.dumps(controller.command.arguments)
    more = (*TWO, "--controller", command)
    with running(tmp_path, crafted_plan(tmp_path), SUPERVISOR, more=more) as server:
        wait_until(lambda: controller.heard("status"))
        yield Guided(server, controller, tmp_path)


def test_the_controller_is_told_proposes_and_is_never_missed(guided: Guided) -> None:
    server, controller = guided.server, guided.controller
    workers = controller.heard("status")[-1]["workers"]
    assert [worker["state"] for worker in workers] == ["ready", "ready"]
    assert {worker["pid"] for worker in workers} < set(children(server.pid))

    bundle = write_crafted_bundle(guided.folder / "other", sign=-1.0)
    route = crafted_route(bundle, "4", trust_code=True)
    plan = ServingPlan(8, (ServedModel("credit", (route,)),))
    assert guided.propose(plan, "one") == {
        "type": "outcome", "proposal_id": "one", "revision": 8, "code": None, "message": "", "hint": None
    }  # fmt: skip
    # every worker answers by it from the moment of the outcome
    assert {server.predict(ROW).json()["version"] for _ in range(8)} == {"4"}
    kept = read_plan(guided.folder / "plan.json")
    assert (kept.revision, kept.models[0].routes[0].trust_code) == (8, False)

    refused = guided.propose(plan, "two")
    assert (refused["revision"], refused["code"]) == (8, "change.refused")

    controller.say(SetKeys((ApiKey("ann", hash_key("secret")),), asks_for_key=True))
    wait_until(lambda: guided.plan().revision == 9)
    wait_until(lambda: server.predict(ROW).status == 401)
    assert server.predict(ROW, headers={"X-API-Key": "secret"}).status == 200

    os.kill(controller.pid, signal.SIGKILL)
    n_told = len(controller.heard("status"))
    assert server.predict(ROW, headers={"X-API-Key": "secret"}).status == 200
    # the next one is told how things stand
    wait_until(lambda: len(controller.heard("status")) > n_told)
    assert "the controller was ended by SIGKILL; it is started again" in server.log.read_text()


def test_nothing_outlives_a_supervisor_that_is_killed(guided: Guided) -> None:
    processes = children(guided.server.pid)
    assert len(processes) == 3
    os.kill(guided.server.pid, signal.SIGKILL)
    wait_until(lambda: not any(map(is_alive, processes)))
