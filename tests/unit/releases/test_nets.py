from __future__ import annotations

import msgspec
import pytest

from headway.bundle.golden import GoldenRows
from headway.contract.model import Output
from headway.core.dtypes import Method, Task
from headway.core.onnx_file import OnnxFile
from headway.errors import ContractError, ModelFileError
from headway.releases.nets import check_probabilities, checked, net_of, opened
from nets import mlp
from onnx_files import adding, adding_proto, tensor


def test_paths_and_models_of_onnx_become_files(tmp_path):
    (tmp_path / "m.onnx").write_bytes(adding())
    for model in (tmp_path / "m.onnx", str(tmp_path / "m.onnx"), adding_proto()):
        assert isinstance(opened(model), OnnxFile)
    assert opened(3) == 3
    with pytest.raises(ModelFileError):
        opened(tmp_path / "other.onnx")


def test_nets_are_told_from_other_models():
    assert [net_of(m) is None for m in (mlp(), OnnxFile(adding()), object())] == [False, False, True]  # fmt: skip


def test_a_file_that_was_loaded_is_held_to_what_is_served():
    assert checked(3, "m") == 3
    assert checked(OnnxFile(adding()), "m") == OnnxFile(adding())
    fixed = adding_proto(inputs=[tensor("x", [1, 2])]).SerializeToString()
    with pytest.raises(ModelFileError, match="always 1"):
        checked(OnnxFile(fixed), "m")


@pytest.mark.parametrize("row", [[0.2, 0.7], [-0.5, 1.5], [float("nan"), 1.0]])
def test_what_is_declared_as_probabilities_is_held_to_it(row):
    output = Output(Task.CLASSIFICATION, classes=(0, 1), given_as="probabilities")
    outputs = {Method.PREDICT_PROBA: [[0.5, 0.5], row]}
    golden = GoldenRows(names=("x",), rows=[(0.0,), (1.0,)], outputs=outputs)
    with pytest.raises(ContractError, match="answers no probabilities"):
        check_probabilities(output, golden)
    check_probabilities(msgspec.structs.replace(output, given_as="logits"), golden)
    good = msgspec.structs.replace(golden, outputs={Method.PREDICT_PROBA: [[0.5, 0.5], [1.0, 0.0]]})
    check_probabilities(output, good)
