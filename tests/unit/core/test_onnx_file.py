from __future__ import annotations

from headway.core.onnx_file import OnnxFile


def test_the_bytes_are_kept_and_never_printed():
    file = OnnxFile(b"graph")
    assert file.graph == b"graph"
    assert "graph" not in repr(file)
    assert file == OnnxFile(b"graph")
