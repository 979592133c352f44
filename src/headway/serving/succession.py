"""Which generation answers, and which follows it: load beside, switch, keep the old one warm.

A plan is first staged, in a thread, while the live one answers. To activate it is one assignment. The
generation before stays loaded, so that going back loads nothing; the one before that is let go when its
last request has its reply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.serving.generation import Generation

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.security.keys import ApiKey
    from headway.serving.generation import InFlight
    from headway.serving.plan import ServingPlan
    from headway.serving.pool import ReleasePool
    from headway.serving.predict import Surroundings, Target


class Succession:
    """The generations of one server.

    `stage` may run in any thread; everything else belongs to the event loop.

    Args:
        plan: The first one.
        pool: Loads releases.
        surroundings: Makes what the endpoints of a plan share.
        refuse: Raises why nothing is answered, until the first plan is live.

    Raises:
        ConfigError: The plan holds something else than key hashes.
    """

    def __init__(
        self,
        plan: ServingPlan,
        pool: ReleasePool,
        surroundings: Callable[[ServingPlan], Surroundings],
        refuse: Callable[[str, ApiKey | None], Target],
    ) -> None:
        self.live = Generation(plan, (), surroundings(plan), refuse)
        self._pool = pool
        self._surroundings = surroundings
        # the first one holds nothing that could be gone back to
        self._is_loaded = False
        self._previous: Generation | None = None
        self._staged: dict[int, Generation] = {}
        self._retiring: set[Generation] = set()

    def stage(self, plan: ServingPlan) -> bool:
        """Load a plan beside the live one, and return whether anything had to be loaded for it.

        What is live, or was before, with the same settings is used again.

        Raises:
            HeadwayError: It cannot be served; nothing of it stays loaded.
        """
        surroundings = self._surroundings(plan)
        n_loads = self._pool.n_loads
        executors = self._pool.take(plan)
        self._staged[plan.revision] = Generation(plan, executors, surroundings)
        return self._pool.n_loads > n_loads

    def activate(self, revision: int) -> bool:
        """Answer by a staged plan from here on, and return whether there was one."""
        staged = self._staged.pop(revision, None)
        if staged is None:
            return False
        gone, self._previous = self._previous, self.live if self._is_loaded else None
        self.live, self._is_loaded = staged, True
        if gone is not None:
            self._retire(gone)
        return True

    def discard(self, revision: int) -> None:
        """Let a staged plan go."""
        staged = self._staged.pop(revision, None)
        if staged is not None:
            self._pool.let_go(staged.plan)

    def begin_phase(self) -> list[InFlight]:
        """Count requests that come from here on anew, and return the counts of those before."""
        known = {self.live, self._previous, *self._retiring} - {None}
        return [generation.begin_phase() for generation in known if generation is not None]

    def close(self) -> None:
        """End every thread; what they run is not waited for."""
        self._pool.close()

    def _retire(self, generation: Generation) -> None:
        self._retiring.add(generation)

        def let_go() -> None:
            self._retiring.discard(generation)
            self._pool.let_go(generation.plan)

        generation.in_flight.when_ended(let_go)
