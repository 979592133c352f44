from __future__ import annotations

import numpy as np
import onnx

from headway.core.onnx_file import OnnxFile
from headway.registry.mlflow.nets import MODULE, load_file, load_module, save_file, save_module
from nets import mlp
from onnx_files import adding, adding_proto


def test_a_module_and_a_file_are_kept_in_mlflows_own_flavors(tmp_path, caplog):
    options = {"signature": False, "input_example": None, "pip_requirements": []}
    save_module(mlp(), tmp_path / "module", options)
    assert (tmp_path / "module" / "data" / MODULE).is_file()
    assert len(load_module(tmp_path / "module")) == 3
    save_file(OnnxFile(adding()), tmp_path / "file", options | {"signature": None})
    assert (tmp_path / "file" / "model.onnx").read_bytes() == adding()


def test_tensors_that_lie_beside_a_file_are_taken_into_it(tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(adding())
    assert load_file(path, is_whole=True) == OnnxFile(adding())
    proto = adding_proto(constants={"axes": np.array([1]), "big": np.ones(500)})
    onnx.save(proto, path, save_as_external_data=True, location="m.data", size_threshold=10)
    assert len(load_file(path, is_whole=False).graph) > 500 * 8 > path.stat().st_size
