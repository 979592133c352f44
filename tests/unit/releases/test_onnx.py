from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from headway.core.onnx_file import OnnxFile
from headway.errors import ModelFileError, PredictionError
from headway.releases.onnx import OnnxNet, from_proto, read_file
from onnx_files import adding, adding_proto, model, tensor

FOREIGN = [helper.make_node("Mine", ["x"], ["y"], domain="my.ops")]


def test_a_file_is_read_as_it_is(tmp_path):
    (tmp_path / "sums.onnx").write_bytes(adding())
    assert read_file(tmp_path / "sums.onnx") == OnnxFile(adding())


def test_tensors_in_files_of_their_own_are_taken_in(tmp_path):
    proto = adding_proto(constants={"axes": np.array([1]), "big": np.ones(500)})
    onnx.save(proto, tmp_path / "m.onnx", save_as_external_data=True, location="m.data", size_threshold=10)  # fmt: skip
    assert OnnxNet(read_file(tmp_path / "m.onnx")).inputs[0].shape == (2,)
    with pytest.raises(ModelFileError, match="files of their own"):
        from_proto(onnx.load(tmp_path / "m.onnx", load_external_data=False))
    (tmp_path / "m.data").unlink()
    with pytest.raises(ModelFileError, match="cannot be read"):
        read_file(tmp_path / "m.onnx")


@pytest.mark.parametrize(
    ("proto", "message"),
    [
        (adding_proto(inputs=[tensor("x", ["n", "m"])]), "other dynamic dimensions"),
        (adding_proto(inputs=[tensor("x", [1, 2])]), "always 1"),
        (adding_proto(inputs=[tensor("x", [])]), "no dimension for rows"),
        (model(FOREIGN, [tensor("x", ["n", 2])], [tensor("y", ["n", 2])], domains=("my.ops",)), "my.ops"),
        (adding_proto(nodes=[helper.make_node("Identity", ["x"], ["y"])], inputs=[tensor("x", ["n", 2], TensorProto.STRING)], outputs=[tensor("y", ["n", 2], TensorProto.STRING)]), "type string"),
        (adding_proto(nodes=[helper.make_node("ReduceSum", ["z"], ["y"])]), "no valid ONNX model"),
    ],
)  # fmt: skip
def test_what_is_not_served_is_refused(proto, message):
    with pytest.raises(ModelFileError, match=message):
        from_proto(proto)


def test_what_is_no_model_is_refused(tmp_path):
    (tmp_path / "m.onnx").write_bytes(b"no")
    with pytest.raises(ModelFileError, match="is no ONNX model"):
        read_file(tmp_path / "m.onnx")
    with pytest.raises(ModelFileError, match="no file"):
        read_file(tmp_path / "n.onnx")


def test_it_is_asked_what_it_answers():
    net = OnnxNet(OnnxFile(adding()))
    assert net.output({"x": np.ones((3, 2), np.float32)}).n_outputs == 1
    with pytest.raises(PredictionError, match="raises on the training rows"):
        net.output({"x": np.ones((3, 2))})
