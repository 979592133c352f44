"""Modules of PyTorch and ONNX files: registered, served by a real worker, wrong input refused."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from headway.bundle import layout
from headway.config.settings import Settings
from headway.contract.output import Answer
from headway.core.clock import SystemClock
from headway.errors import TrustRefusedError
from headway.optimize.candidates import find_form
from headway.releases.release import RegisterRequest
from headway.runtimes.loader import load_runtime
from headway.serving.planning import plan_of
from nets import Branching, Embeddings, matrix, pairs, seeded, table
from onnx_files import adding
from registries import embedded_registry
from running import Running, running
from workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    home = tmp_path_factory.mktemp("home")
    find = functools.partial(find_form, clock=SystemClock(), time_budget_s=60.0)
    workshop = Workshop(home, embedded_registry(home), find)
    (home / "sums.onnx").write_bytes(adding(4))
    requests: list[Any] = [
        ("lowered", seeded(Embeddings), table(), Answer(classes=["no", "yes"], given_as="logits")),
        ("eager", seeded(Branching), pairs(), None),
        ("file", str(home / "sums.onnx"), matrix(), None),
    ]
    for name, model, data, answer in requests:
        request = RegisterRequest(name=name, model=model, X=data, output=answer)
        workshop.registrar.register(request)
    return workshop


@pytest.fixture(scope="module")
def server(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    releases = [workshop.resolver.resolve(name) for name in ("lowered", "eager", "file")]
    folder = tmp_path_factory.mktemp("server")
    plan = plan_of(releases, Settings(home=folder))
    with running(folder, plan) as server:
        yield server


def libraries(pid: int) -> str:
    return Path(f"/proc/{pid}/maps").read_text()


def test_a_worker_of_lowered_nets_loads_neither_torch_nor_pandas(
    workshop: Workshop, tmp_path: Path
) -> None:
    releases = [workshop.resolver.resolve(name) for name in ("lowered", "file")]
    with running(tmp_path, plan_of(releases, Settings(home=tmp_path))) as server:
        body = {"numeric": [0, 1], "categories": [1, 2]}
        assert server.predict(body, "/models/lowered/predict").status == 200
        mapped = libraries(server.pid)
    assert "onnxruntime" in mapped
    assert not [
        name for name in ("torch", "onnx", "pandas", "sklearn") if f"-packages/{name}/" in mapped
    ]


def test_each_is_served_in_its_form(server: Running, workshop: Workshop) -> None:
    body = {"numeric": [0, 1], "categories": [1, 2]}
    reply = server.predict(body, "/models/lowered/predict?method=predict_proba").json()
    assert reply["prediction"] in {"no", "yes"}
    assert sum(reply["probabilities"]["values"]) == pytest.approx(1)
    assert server.predict({"features": [1, 2]}, "/models/eager/predict").status == 200
    sums = server.predict({"features": [1, 2, 3, 4]}, "/models/file/predict").json()
    assert sums["prediction"] == 10
    forms = {
        name: workshop.resolver.resolve(name).bundle.manifest.execution
        for name in ("lowered", "eager", "file")
    }
    assert {name: form.form for name, form in forms.items()} == {
        "lowered": "lowered",
        "eager": "native",
        "file": "lowered",
    }
    assert "the ONNX file itself" in forms["file"].reason


@pytest.mark.parametrize(
    ("model", "body"),
    [
        ("lowered", {"numeric": [0, 1], "categories": [5, 0]}),
        ("lowered", {"numeric": [0, 1], "categories": [-1, 0]}),
        ("lowered", {"numeric": [0, None], "categories": [0, 0]}),
        ("lowered", {"numeric": [0, 1, 2], "categories": [0, 0]}),
        ("lowered", {"numeric": [0, 1e39], "categories": [0, 0]}),
        ("lowered", {"numeric": [0, 1], "categories": [0.5, 0]}),
        ("lowered", {"numeric": [0, 1]}),
        ("eager", {"features": [0, 5]}),
        ("eager", {"features": [0, -1]}),
        ("file", {"features": [0, 1, 2, None]}),
        ("file", {"features": [0, 1, 2]}),
    ],
)
def test_what_a_net_cannot_take_is_the_clients_mistake(
    server: Running, model: str, body: dict[str, Any]
) -> None:
    reply = server.predict(body, f"/models/{model}/predict")
    assert (reply.status, reply.headers["content-type"]) == (422, "application/problem+json")


def test_the_bytes_of_a_file_are_kept_once_and_run_without_trust(workshop: Workshop) -> None:
    bundle = workshop.resolver.resolve("file").bundle
    assert bundle.read_bytes(bundle.manifest.execution.native_path) == adding(4)
    assert layout.GRAPH not in bundle.manifest.files
    assert load_runtime(bundle, trust_code=False).flavor == "onnx"


def test_an_eager_module_needs_trust(workshop: Workshop) -> None:
    with pytest.raises(TrustRefusedError):
        load_runtime(workshop.resolver.resolve("eager").bundle, trust_code=False)


def test_plain_mlflow_loads_what_was_registered(workshop: Workshop) -> None:
    import mlflow.onnx  # noqa: PLC0415 - only here
    import mlflow.pytorch  # noqa: PLC0415 - only here

    for name, load in (("eager", mlflow.pytorch.load_model), ("file", mlflow.onnx.load_model)):
        assert load(str(workshop.resolver.resolve(name).bundle.path)) is not None


def test_golden_rows_of_a_net_have_its_tolerance(workshop: Workshop) -> None:
    golden = msgspec.json.decode(workshop.resolver.resolve("lowered").bundle.read_bytes(layout.GOLDEN))  # fmt: skip
    assert (golden["rtol"], golden["atol"]) == (1e-5, 1e-5)
