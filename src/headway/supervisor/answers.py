"""Asks releases over HTTP, as their clients do: a real server on loopback, with a worker of its own."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.client.client import Client
from headway.core.dtypes import Task
from headway.core.prediction import Prediction
from headway.serving.plan import Limits, Route, ServedModel, ServingPlan
from headway.serving.settings import WorkerSettings
from headway.supervisor.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headway.bundle.bundle import Bundle
    from headway.contract.model import Contract
    from headway.core.batch import FeatureBatch
    from headway.core.dtypes import Method

LOOPBACK = "127.0.0.1"
_BLOCK_ROWS = 64
_LIMITS = Limits(max_body_bytes=256 * 1024 * 1024, timeout_ms=600_000)
_TIMEOUT_S = 600.0


class ServedRuntime:
    """A release that is asked over HTTP, in the place of a runtime.

    Args:
        client: Of the server.
        model: Name that it is served under.
        bundle: The release.
    """

    flavor = "http"

    def __init__(self, client: Client, model: str, bundle: Bundle) -> None:
        self.form: str = bundle.manifest.execution.form
        self._client = client
        self._model = model
        self._contract = bundle.contract

    def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        blocks = [
            self._ask(batch.take(np.arange(start, min(start + _BLOCK_ROWS, batch.n_rows))), method)
            for start in range(0, batch.n_rows, _BLOCK_ROWS)
        ]
        return Prediction(
            _joined([block.values for block in blocks]),
            _joined([b.probabilities for b in blocks if b.probabilities is not None]),
            _joined([b.scores for b in blocks if b.scores is not None]),
        )

    def _ask(self, batch: FeatureBatch, method: Method) -> Prediction:
        rows = [dict(zip(batch.names, row, strict=True)) for row in batch.rows()]
        reply = self._client.predict(self._model, rows, method=str(method))
        return Prediction(
            _values(self._contract, reply.prediction),
            _numbers(reply.probabilities),
            _numbers(reply.scores),
        )


@contextlib.contextmanager
def served(bundles: Sequence[Bundle], *, trust_code: bool) -> Iterator[list[ServedRuntime]]:
    """Serve releases on loopback within, each in the place of a runtime.

    Args:
        bundles: The releases; those of one name differ in their precision.
        trust_code: Whether code of theirs (pickle) may run.

    Raises:
        HeadwayError: One of them cannot be served.
    """
    manifests = [bundle.manifest for bundle in bundles]
    # errors name them
    names = [f"{m.name}-{m.execution.lossy or 'exact'}" for m in manifests]
    models = tuple(
        ServedModel(
            name=name,
            routes=(
                Route("local", bundle.digest, str(bundle.path.absolute()), trust_code=trust_code),
            ),
            limits=_LIMITS,
        )
        for name, bundle in zip(names, bundles, strict=True)
    )
    with tempfile.TemporaryDirectory(prefix="headway-") as folder:
        log = Path(folder) / "server.log"
        plan = ServingPlan(revision=1, models=models)
        with (
            Server(plan, LOOPBACK, 0, WorkerSettings(), log) as server,
            Client(server.url, timeout_s=_TIMEOUT_S) as client,
        ):
            yield [
                ServedRuntime(client, name, bundle)
                for name, bundle in zip(names, bundles, strict=True)
            ]


def _values(contract: Contract, answers: Any) -> Any:
    # labels may be of several types, which numpy would turn into text
    return np.asarray(
        answers, dtype=object if contract.output.task is Task.CLASSIFICATION else None
    )


def _numbers(answers: Any) -> Any:
    return None if answers is None else np.asarray(answers, dtype=np.float64)


def _joined(parts: list[Any]) -> Any:
    return np.concatenate(parts) if parts else None
