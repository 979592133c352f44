"""Loads what a serving plan names: verify, load, replay, warm up.

Invariant: what is served is the very release that the plan names, and it answers its golden rows as
the training process did.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from headway.bundle.bundle import read_bundle
from headway.contract.constraints import tighten
from headway.contract.output import served_output
from headway.errors import BundleCorruptError, HeadwayError
from headway.runtimes.answering import answering
from headway.runtimes.discreet import DiscreetRuntime
from headway.serving.executor import Executor
from headway.serving.release import LoadedRelease
from headway.serving.warmup import warm_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.bundle.bundle import Bundle
    from headway.bundle.golden import GoldenRows
    from headway.contract.model import Contract
    from headway.contract.row_validator import RowValidator
    from headway.core.clock import Clock
    from headway.runtimes.port import Runtime
    from headway.serving.caches import AnswerCaches
    from headway.serving.plan import Route, ServedModel
    from headway.serving.release import BodyReader


class LoadRuntime(Protocol):
    """Makes the runtime of a bundle."""

    def __call__(self, bundle: Bundle, *, trust_code: bool) -> Runtime: ...


class LoadValidator(Protocol):
    """Loads the code of a contract that has some."""

    def __call__(self, bundle: Bundle, contract: Contract, *, trust_code: bool) -> RowValidator: ...


@dataclasses.dataclass(frozen=True, slots=True)
class ReleaseLoader:
    """Loads releases.

    Attributes:
        load_runtime: Makes the runtime of a bundle.
        load_validator: Loads the code of a contract that has some.
        make_reader: Makes what reads request bodies: of a contract, with the most rows and bytes, and the
            contract's own code.
        replay_golden: Raises where a runtime does not answer golden rows as it should.
        clock: Measures what an answer costs.
        caches: Keep answers; `None` keeps none.
    """

    load_runtime: LoadRuntime
    load_validator: LoadValidator
    make_reader: Callable[[Contract, int, int, RowValidator | None], BodyReader]
    replay_golden: Callable[[Runtime, GoldenRows], object]
    clock: Clock
    caches: AnswerCaches | None = None

    def load(self, model: ServedModel, route: Route) -> Executor:
        """Load one version, warmed up.

        Raises:
            HeadwayError: It cannot be served; the message begins with the model and version.
        """
        try:
            return self._load(model, route)
        except HeadwayError as error:
            error.message = f"`{model.name}:{route.version}`: {error.message}"
            error.args = (error.message,)
            raise

    def load_release(
        self, model: ServedModel, route: Route
    ) -> tuple[LoadedRelease, GoldenRows | None]:
        """Load one version, and return it with the golden rows that it has just answered.

        Raises:
            HeadwayError: It cannot be served.
        """
        bundle = read_bundle(Path(route.path))
        if bundle.digest != route.digest:
            raise BundleCorruptError(
                f"the bundle has the digest {bundle.digest[:12]}; the plan says {route.digest[:12]}",
                hint="fetch the release again",
            )
        runtime = self.load_runtime(bundle, trust_code=route.trust_code)
        golden = bundle.golden_rows()
        if golden is not None:
            self.replay_golden(runtime, golden)
        contract, changes = _served(bundle, model)
        validator = None
        if contract.validator is not None:
            validator = self.load_validator(bundle, contract, trust_code=route.trust_code)
        runtime = answering(runtime, contract.output)
        private = frozenset(feature.name for feature in contract.features if feature.is_private)
        if private:
            runtime = DiscreetRuntime(runtime, private)
        release = LoadedRelease(
            name=model.name,
            version=route.version,
            digest=bundle.digest,
            variant=route.role,
            form=runtime.form,
            reason=bundle.manifest.execution.reason,
            lossy=bundle.manifest.execution.lossy,
            contract=contract,
            limits=model.limits,
            validator=validator,
            reader=self.make_reader(
                contract, model.limits.max_rows, model.limits.max_body_bytes, validator
            ),
            runtime=runtime,
            modules=bundle.modules,
            changes=changes,
        )
        return release, golden

    def _load(self, model: ServedModel, route: Route) -> Executor:
        release, golden = self.load_release(model, route)
        measured = warm_up(release, golden, self.clock)
        if self.caches is None:
            return Executor(release, measured, self.clock)
        caching = self.caches.decide(model.cache, measured)
        release = dataclasses.replace(release, caching=caching)
        executor = Executor(release, measured, self.clock)
        if caching.is_on:
            executor.wrap(*self.caches.of(release, model.cache))
        return executor


def served_contract(bundle: Bundle, model: ServedModel) -> Contract:
    """Return the contract of a bundle with what the plan declares on top.

    Raises:
        ContractError: The plan names an unknown feature, would loosen the contract, or gives a threshold
            that the model cannot have.
    """
    return _served(bundle, model)[0]


def _served(bundle: Bundle, model: ServedModel) -> tuple[Contract, tuple[str, ...]]:
    constraints = {
        feature: msgspec.to_builtins(declaration)
        for feature, declaration in model.constraints.items()
    }
    contract = tighten(bundle.contract, constraints, map(msgspec.to_builtins, model.rules))
    output, changes = served_output(contract.output, model.output)
    return msgspec.structs.replace(contract, output=output), changes
