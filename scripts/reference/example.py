"""A real server over a small release that is made here, so that the pages show what it really answers.

What is random in a reply is put to one value, and numbers are rounded, so that a page is the same
wherever it is written.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import msgspec
import numpy as np
from onnx import TensorProto, helper, numpy_helper

from headway.bundle import layout
from headway.bundle.bundle import BundleDescription, write_bundle
from headway.bundle.golden import GoldenRows
from headway.bundle.manifest import Execution
from headway.contract.model import Constraints, Contract, Feature, Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import DType, Method, Task
from headway.runtimes.encoder import Encoder, EncoderColumn
from headway.runtimes.onnx import OnnxRuntime
from headway.security.keys import ApiKey, hash_key
from headway.serving.plan import CachePolicy, Limits, Route, ServedModel, ServingPlan
from headway.serving.settings import WorkerSettings
from headway.wiring import build_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.bundle.bundle import Bundle
    from headway.serving.app import ServingApp

KEY = "a-key"
REQUEST_ID = "91ac3f2e10b44d5c8a6f1d0c"
PREDICTION_ID = "5f0e1d2a9b7e4d5c8a3f2e10"
# what was measured on a quiet machine
EXECUTION = {
    "mode": "inline",
    "reason": "an answer costs 0.0412 ms, less than the way to a thread (0.5 ms); requests share calls: "
    "a row costs 0.00187 ms in a batch of 64 and 0.0121 ms alone",
    "batch_rows": 64,
}
_PURPOSES = ("car", "tv", "education")
_CONTRACT = Contract(
    (
        Feature("age", DType.INTEGER, nullable=False, storage="int64", constraints=Constraints(ge=18)),
        Feature("amount", DType.FLOAT, nullable=True, storage="float64"),
        Feature("purpose", DType.STRING, nullable=False, storage="str",
                constraints=Constraints(one_of=_PURPOSES)),
    ),
    Output(Task.CLASSIFICATION, (Method.PREDICT, Method.PREDICT_PROBA), ("bad", "good")),
)  # fmt: skip
# what was measured differs each time
CACHE = {
    "reason": "the model takes 0.0269 ms for a row, a look-up 0.00748 ms and one in vain 0.15 ms more"
}
MEASURED = {"execution": EXECUTION, "cache": CACHE}
_ENCODER = Encoder(
    [EncoderColumn("age"), EncoderColumn("amount"), EncoderColumn("purpose", vocabulary=_PURPOSES)]
)
_ROWS = ((41, 1200.5, "car"), (23, None, "tv"))


class Answer:
    """What the server answered, with nothing random in it.

    Args:
        response: From the server.
    """

    def __init__(self, response: httpx2.Response) -> None:
        self.status = response.status_code
        self.headers = dict(response.headers)
        self.text = response.text
        self.content_type = response.headers["content-type"]

    def json(self) -> Any:
        """Return the document."""
        return _steady(json.loads(self.text))


class ExampleServer:
    """Four servers in one.

    Args:
        plain: Serves `credit`, version 3.
        locked: The same, and asks for `KEY`.
        double: Serves `churn` too.
        unloaded: Has not loaded anything yet.
    """

    def __init__(
        self, plain: ServingApp, locked: ServingApp, double: ServingApp, unloaded: ServingApp
    ) -> None:
        self.paths = plain.paths()
        self._plain, self._locked, self._double, self._unloaded = plain, locked, double, unloaded

    def ask(self, path: str, body: Any = None, **options: Any) -> Answer:
        """Ask the server of one model.

        Args:
            path: `NAME` in it is that of the model, `VERSION` that of its version.
            body: To be sent as JSON.
            options: Of httpx2, beside `verb`, which is else that of the path.
        """
        return _ask(self._plain, path, body, **options)

    def ask_locked(self, path: str, body: Any = None, **options: Any) -> Answer:
        """Ask the server that asks for a key."""
        return _ask(self._locked, path, body, **options)

    def ask_double(self, path: str, body: Any = None, **options: Any) -> Answer:
        """Ask the server of two models."""
        return _ask(self._double, path, body, **options)

    def ask_unloaded(self, path: str, body: Any = None, **options: Any) -> Answer:
        """Ask the server that is not ready."""
        return _ask(self._unloaded, path, body, **options)


@contextlib.contextmanager
def example_server() -> Iterator[ExampleServer]:
    """Serve the example in this process, without a socket."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        log = stack.enter_context(Path(os.devnull).open("wb"))
        models = tuple(_model(folder, name) for name in ("credit", "churn"))
        keys = (ApiKey("example", hash_key(KEY)),)
        plans = [
            ServingPlan(1, models[:1]),
            ServingPlan(1, models[:1], keys, asks_for_key=True),
            ServingPlan(1, models),
            ServingPlan(1, models),
        ]
        apps = [build_app(plan, WorkerSettings(log_fd=log.fileno())) for plan in plans]
        for app in apps:
            stack.callback(app.close)
        for app in apps[:-1]:
            app.load()
        yield ExampleServer(*apps)


def _model(folder: Path, name: str) -> ServedModel:
    bundle = _bundle(folder / name, name)
    return ServedModel(
        name,
        (Route("3", bundle.digest, str(bundle.path)),),
        Limits(max_body_bytes=1000, max_rows=2),
        cache=CachePolicy("on"),
    )


def _bundle(folder: Path, name: str) -> Bundle:
    graph = _graph()
    batch = FeatureBatch.from_rows(_CONTRACT.names, _ROWS)
    answers = OnnxRuntime(graph, _ENCODER, _CONTRACT.output).predict(batch, Method.PREDICT)
    golden = GoldenRows(_CONTRACT.names, _ROWS, {"predict": answers.values.tolist()})
    files = {
        layout.CONTRACT: msgspec.json.encode(_CONTRACT),
        layout.GOLDEN: msgspec.json.encode(golden),
        layout.GRAPH: graph,
        layout.ENCODER: _ENCODER.to_json(),
    }
    execution = Execution("lowered", "sklearn", "model.pkl", "parity holds")
    folder.mkdir()
    return write_bundle(
        folder, files, BundleDescription(name, "", "2026-01-01T00:00:00Z", execution, {}, {})
    )


def _graph() -> bytes:
    """Return a model: a logistic score."""
    constants = {
        "weights": np.array([[0.03], [-0.0002], [0.4]]),
        "zero": np.array(0.0),
        "one": np.array(1.0),
    }
    nodes = [
        helper.make_node("IsNaN", ["features"], ["is_missing"]),
        helper.make_node("Where", ["is_missing", "zero", "features"], ["filled"]),
        helper.make_node("MatMul", ["filled", "weights"], ["score"]),
        helper.make_node("Sigmoid", ["score"], ["good"]),
        helper.make_node("Sub", ["one", "good"], ["bad"]),
        helper.make_node("Concat", ["bad", "good"], ["probabilities"], axis=1),
        helper.make_node("ArgMax", ["probabilities"], ["label"], axis=1, keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "example",
        [helper.make_tensor_value_info("features", TensorProto.DOUBLE, [None, 3])],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
            helper.make_tensor_value_info("probabilities", TensorProto.DOUBLE, [None, 2]),
        ],
        initializer=[numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    data: bytes = model.SerializeToString()
    return data


def _ask(app: ServingApp, path: str, body: Any, **options: Any) -> Answer:
    verb = options.pop("verb", "POST" if path.partition("?")[0].endswith("/predict") else "GET")
    path = path.replace("NAME", "credit").replace("VERSION", "3")
    headers = {"X-Request-Id": REQUEST_ID} | options.pop("headers", {})
    if body is not None:
        options["json"] = body

    async def ask() -> httpx2.Response:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(verb, path, headers=headers, **options)

    return Answer(asyncio.run(ask()))


def _steady(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _steady_member(key, part) for key, part in value.items()}
    if isinstance(value, list):
        return [_steady(part) for part in value]
    return round(value, 4) if isinstance(value, float) else value


def _steady_member(key: str, value: Any) -> Any:
    if key == "prediction_id":
        return PREDICTION_ID
    if key == "digest":
        return "3d1b..."
    if key in MEASURED:
        return value | MEASURED[key]
    if key == "prediction_ids":
        return [PREDICTION_ID[:-1] + str(i) for i in range(len(value))]
    return _steady(value)
