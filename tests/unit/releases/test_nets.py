from __future__ import annotations

import pytest

from headway.core.onnx_file import OnnxFile
from headway.errors import ModelFileError
from headway.releases.nets import net_of, opened
from nets import mlp
from onnx_files import adding, adding_proto


def test_paths_and_models_of_onnx_become_files(tmp_path):
    (tmp_path / "m.onnx").write_bytes(adding())
    for model in (tmp_path / "m.onnx", str(tmp_path / "m.onnx"), adding_proto()):
        assert isinstance(opened(model), OnnxFile)
    assert opened(3) == 3
    with pytest.raises(ModelFileError):
        opened(tmp_path / "other.onnx")


def test_nets_are_told_from_other_models():
    assert [net_of(m) is None for m in (mlp(), OnnxFile(adding()), object())] == [False, False, True]  # fmt: skip
