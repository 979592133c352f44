"""`headway register` and `headway adopt` of nets in files: what is wrong with them is told in one line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pandas as pd
import pytest
import torch
from onnx import TensorProto, helper

from e2e.terminal import Terminal
from headway.cli.main import main
from nets import mlp, seeded
from onnx_files import adding_proto, model, tensor

if TYPE_CHECKING:
    pass

N_ROWS = 40
X = np.random.default_rng(0).normal(size=(N_ROWS, 4)).astype(np.float32)
WEIGHTS = np.random.default_rng(1).normal(size=(4, 3)).astype(np.float32)
WIDE = np.random.default_rng(2).normal(size=(4, 300)).astype(np.float32)
LOGITS = ("--classes", "0,1,2", "--given-as", "logits")
ROWS = ("--data", "rows.npz", "--target", "y")


def graph(weights: np.ndarray[Any, Any], **options: Any) -> Any:
    given: dict[str, Any] = {
        "nodes": [helper.make_node("MatMul", ["x", "w"], ["s"])],
        "inputs": [tensor("x", ["n", 4])],
        "outputs": [tensor("s", ["n", weights.shape[1]])],
        "constants": {"w": weights},
    }
    return model(**(given | options))


def classifier(*, is_zipped: bool) -> Any:
    """Return a classifier as a converter of scikit-learn writes it, with ZipMap unless told otherwise."""
    learned = {"coefficients": WEIGHTS.T.ravel().tolist(), "intercepts": [0.0] * 3}
    nodes = [
        helper.make_node(
            "LinearClassifier", ["x"], ["label", "p"], domain="ai.onnx.ml",
            classlabels_ints=[0, 1, 2], multi_class=1, post_transform="SOFTMAX", **learned,
        )
    ]  # fmt: skip
    label = tensor("label", ["n"], TensorProto.INT64)
    if not is_zipped:
        return model(nodes, [tensor("x", ["n", 4])], [label, tensor("p", ["n", 3])], domains=("ai.onnx.ml",))  # fmt: skip
    nodes.append(helper.make_node("ZipMap", ["p"], ["zipped"], domain="ai.onnx.ml", classlabels_int64s=[0, 1, 2]))  # fmt: skip
    number = helper.make_tensor_type_proto(TensorProto.FLOAT, [])
    maps = helper.make_sequence_type_proto(helper.make_map_type_proto(TensorProto.INT64, number))
    outputs = [label, helper.make_value_info("zipped", maps)]
    return model(nodes, [tensor("x", ["n", 4])], outputs, domains=("ai.onnx.ml",))


def write_graphs(folder: Path) -> None:
    strings = [tensor("x", ["n", 4], TensorProto.STRING)]
    text = [helper.make_node("Cast", ["x"], ["s"], to=TensorProto.STRING)]
    two = [tensor("s", ["n", 4]), tensor("z", ["n", 4])]
    both = [helper.make_node("Identity", ["x"], [name]) for name in ("s", "z")]
    graphs = {
        "model": graph(WEIGHTS),
        "classifier": classifier(is_zipped=False),
        "zipped": classifier(is_zipped=True),
        "custom": graph(WEIGHTS, nodes=[helper.make_node("Mine", ["x"], ["s"], domain="my.ops")], domains=("my.ops",)),
        "strings": graph(WEIGHTS, nodes=[helper.make_node("Identity", ["x"], ["s"])], inputs=strings, outputs=[tensor("s", ["n", 4], TensorProto.STRING)]),
        "words": graph(WEIGHTS, nodes=text, outputs=[tensor("s", ["n", 4], TensorProto.STRING)]),
        "fixed": graph(WEIGHTS, inputs=[tensor("x", [1, 4])]),
        "dynamic": graph(WEIGHTS, inputs=[tensor("x", ["n", "m"])]),
        "outputs": graph(WEIGHTS, nodes=both, outputs=two),
        "reduced": adding_proto(4, constants={"axes": np.array([0])}, outputs=[tensor("y", [1, 4])]),
    }  # fmt: skip
    for name, proto in graphs.items():
        onnx.save(proto, folder / f"{name}.onnx")
    whole = (folder / "model.onnx").read_bytes()
    (folder / "truncated.onnx").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.onnx").write_bytes(b"")
    onnx.save(graph(WIDE), folder / "outside.onnx", save_as_external_data=True, location="outside.bin", size_threshold=0)  # fmt: skip
    (folder / "lost").mkdir()
    shutil.copy(folder / "outside.onnx", folder / "lost")


def write_modules(folder: Path) -> None:
    module = mlp()
    torch.save(module, folder / "module.pt")
    torch.save(module.state_dict(), folder / "state.pt")
    (folder / "truncated.pt").write_bytes((folder / "module.pt").read_bytes()[:400])
    torch.save(seeded(lambda: torch.nn.LSTM(4, 3, batch_first=True)), folder / "recurrent.pt")


def write_rows(folder: Path) -> None:
    labels = np.random.default_rng(3).integers(0, 3, N_ROWS)
    np.savez(folder / "rows.npz", x=X, y=labels)
    np.savez(folder / "wide.npz", x=X.repeat(2, axis=1))
    np.savez(folder / "uneven.npz", x=X, y=labels[1:])
    np.savez(folder / "strings.npz", x=np.array([["a"] * 4] * 3))
    np.savez(folder / "two.npz", x=X, z=X)
    np.savez(folder / "objects.npz", x=np.array([[1, "a"]], dtype=object))
    np.savez(folder / "none.npz", x=X[:0])
    (folder / "broken.npz").write_bytes((folder / "rows.npz").read_bytes()[:200])
    frame = pd.DataFrame(X, columns=list("abcd"))
    frame.assign(y=labels).to_csv(folder / "rows.csv", index=False)
    frame.head(3).to_csv(folder / "few.csv", index=False)
    frame.assign(a="x").to_csv(folder / "words.csv", index=False)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of good and bad files."""
    world = tmp_path_factory.mktemp("world")
    for write in (write_graphs, write_modules, write_rows):
        write(world)
    return world


@pytest.fixture(autouse=True)
def here(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world)
    monkeypatch.setenv("HEADWAY_HOME", str(world / "home"))


WRONG: list[tuple[str, tuple[str, ...], int, str]] = [
    ("nothing.onnx", ROWS, 2, "does not exist"),
    ("truncated.onnx", ROWS, 3, "is no ONNX model"),
    ("empty.onnx", ROWS, 3, "is no valid ONNX model"),
    ("custom.onnx", ROWS, 3, "operators of `my.ops`"),
    ("strings.onnx", ROWS, 3, "elements of the type string"),
    ("words.onnx", ROWS, 3, "a net answers numbers"),
    ("zipped.onnx", ROWS, 3, "one tensor is needed"),
    ("lost/outside.onnx", ROWS, 3, "lie in files that cannot be read"),
    ("fixed.onnx", ROWS, 3, "is always 1, and it counts rows"),
    ("dynamic.onnx", ROWS, 3, "other dynamic dimensions"),
    ("outputs.onnx", ROWS, 3, "one tensor is needed"),
    ("reduced.onnx", ROWS, 3, "of shape (1, 4) for 3 rows"),
    ("model.onnx", ("--data", "wide.npz"), 3, "has the shape (8,) and the model takes (4,)"),
    ("model.onnx", ("--data", "uneven.npz", "--target", "y"), 3, "39 rows"),
    ("model.onnx", ("--data", "rows.npz", "--target", "z"), 3, "no array `z`"),
    ("model.onnx", ("--data", "strings.npz"), 3, "tensors of numbers are needed"),
    ("model.onnx", ("--data", "two.npz"), 3, "X has besides `z`"),
    ("model.onnx", ("--data", "objects.npz"), 3, "no arrays that are read here"),
    ("model.onnx", ("--data", "broken.npz"), 3, "no arrays that are read here"),
    ("model.onnx", ("--data", "none.npz"), 3, "X has no rows"),
    ("model.onnx", ("--data", "words.csv"), 3, "X has columns of something else"),
    ("model.onnx", (*ROWS, "--classes", "a,b", "--given-as", "logits"), 3, "has 2 labels"),
    ("model.onnx", (*ROWS, "--classes", "a,b,c"), 3, "`given_as` is missing"),
    ("model.onnx", (*ROWS, "--given-as", "logits"), 3, "`classes` has 0 labels"),
    ("model.onnx", (*ROWS, "--given-as", "odds"), 2, "'odds' is not one of"),
    ("model.onnx", (*ROWS, "--classes", "0,1,2", "--given-as", "probabilities"), 3, "no probabilities"),
    ("classifier.onnx", (*ROWS, *LOGITS), 3, "says itself what it answers"),
    ("state.pt", ROWS, 3, "which is no module of PyTorch"),
    ("truncated.pt", ROWS, 3, "is no module that loads here"),
    ("recurrent.pt", ROWS, 1, "not one tensor"),
    ("module.pt", ("--data", "wide.npz"), 1, "raises on the training rows"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "options", "code", "words"), WRONG)
def test_what_is_wrong_is_told_in_one_line(
    file: str, options: tuple[str, ...], code: int, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["register", file, "--name", "net", *options]) == code
    told = capfd.readouterr()
    first, *hints = told.err.splitlines()
    assert told.out == ""
    assert first.startswith("error: ")
    assert words in first
    assert [line.partition(": ")[0] for line in hints] == ["hint"]


@pytest.fixture(scope="module")
def registered(world: Path) -> None:
    """Register what is good, in one process and one registry."""
    given = {
        "matrix": ("model.onnx", "--data", "rows.csv", "--target", "y", *LOGITS, "--holdout", "0.2"),
        "itself": ("classifier.onnx", "--data", "few.csv"),
        "outside": ("outside.onnx", *ROWS),
        "module": ("module.pt", *ROWS, *LOGITS),
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(world)
        patch.setenv("HEADWAY_HOME", str(world / "home"))
        for name, (file, *options) in given.items():
            assert main(["register", file, "--name", name, *options]) == 0


def answers(capfd: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capfd.readouterr()
    assert main([*arguments, "--json"]) == 0
    return json.loads(capfd.readouterr().out)


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("name", ["matrix", "itself"])
def test_a_file_answers_what_its_graph_does(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    reply = answers(capfd, "predict", name, "few.csv")
    assert reply["prediction"] == (X[:3] @ WEIGHTS).argmax(axis=1).tolist()


@pytest.mark.usefixtures("registered")
def test_a_module_is_served_to_whoever_asks_by_http(world: Path) -> None:
    row = dict(zip(("x0", "x1", "x2", "x3"), X[0].tolist(), strict=True))
    with Terminal(world, world / "home").serve("module") as (url, _):
        request = urllib.request.Request(
            f"{url}/predict", json.dumps(row).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request) as response:
            reply = json.load(response)
    wanted = mlp()(torch.from_numpy(X[:1])).argmax(1).item()
    assert reply["prediction"] == wanted


WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None
from headway.cli.main import main
raise SystemExit(main(sys.argv[1:]))
"""


def test_where_pytorch_is_not_installed_the_extra_is_named() -> None:
    arguments = ("register", "module.pt", "--name", "net", *ROWS)
    command = [sys.executable, "-c", WITHOUT_TORCH, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert done.stderr.splitlines() == [
        "error: this command needs the extra `torch`",
        'hint: pip install "headway[torch]"',
    ]
