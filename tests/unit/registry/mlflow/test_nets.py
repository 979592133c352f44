from __future__ import annotations

from headway.core.onnx_file import OnnxFile
from headway.registry.mlflow.nets import MODULE, load_module, save_file, save_module
from nets import mlp
from onnx_files import adding


def test_a_module_and_a_file_are_kept_in_mlflows_own_flavors(tmp_path, caplog):
    options = {"signature": False, "input_example": None, "pip_requirements": []}
    save_module(mlp(), tmp_path / "module", options)
    assert (tmp_path / "module" / "data" / MODULE).is_file()
    assert len(load_module(tmp_path / "module")) == 3
    save_file(OnnxFile(adding()), tmp_path / "file", options | {"signature": None})
    assert (tmp_path / "file" / "model.onnx").read_bytes() == adding()
