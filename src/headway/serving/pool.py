"""The releases that are loaded, each once, however many plans name it.

Invariant: a release is loaded while a plan that was taken and not let go names it, with the same
settings; it is closed with the last of them.
"""

from __future__ import annotations

import dataclasses
import threading
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headway.serving.executor import Executor
    from headway.serving.plan import Route, ServedModel, ServingPlan


@dataclasses.dataclass(slots=True)
class _Held:
    executor: Executor
    n_plans: int


class ReleasePool:
    """Loads the releases of plans. Use it from any thread; loads follow each other.

    Args:
        load: Loads one version, warmed up.

    Attributes:
        n_loads: How many versions it has loaded so far.
    """

    def __init__(self, load: Callable[[ServedModel, Route], Executor]) -> None:
        self.n_loads = 0
        self._load = load
        self._held: dict[bytes, _Held] = {}
        self._lock = threading.Lock()

    def take(self, plan: ServingPlan) -> tuple[Executor, ...]:
        """Return what answers for each version of a plan, in its order; what is loaded is used again.

        Raises:
            HeadwayError: One of them cannot be served; none of them is held then.
        """
        taken: list[bytes] = []
        try:
            return tuple(
                self._take(key, model, route, taken) for key, model, route in _versions(plan)
            )
        except BaseException:
            self._let_go(taken)
            raise

    def let_go(self, plan: ServingPlan) -> None:
        """Close what no other plan that was taken names. What it runs is not waited for."""
        self._let_go([key for key, _, _ in _versions(plan)])

    def close(self) -> None:
        """Close everything."""
        with self._lock:
            held, self._held = self._held, {}
        for one in held.values():
            one.executor.close()

    def _take(self, key: bytes, model: ServedModel, route: Route, taken: list[bytes]) -> Executor:
        with self._lock:
            held = self._held.get(key)
            if held is not None:
                held.n_plans += 1
        if held is None:
            held = _Held(self._load(model, route), 1)
            self.n_loads += 1
            with self._lock:
                self._held[key] = held
        taken.append(key)
        return held.executor

    def _let_go(self, keys: list[bytes]) -> None:
        unused = []
        with self._lock:
            for key in keys:
                # nothing is held any more once the pool is closed
                held = self._held.get(key)
                if held is None:
                    continue
                held.n_plans -= 1
                if not held.n_plans:
                    unused.append(self._held.pop(key).executor)
        for executor in unused:
            executor.close()


def _versions(plan: ServingPlan) -> Iterator[tuple[bytes, ServedModel, Route]]:
    """Yield each version of a plan with what tells it from any other one."""
    for model in plan.models:
        for route in model.routes:
            # where a bundle lies makes no difference: its digest says what it is
            told = msgspec.structs.replace(model, routes=(msgspec.structs.replace(route, path=""),))
            yield msgspec.json.encode(told), model, route
