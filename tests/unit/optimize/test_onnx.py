from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper

from headway.errors import LoweringError
from headway.optimize.onnx import tidied
from onnx_files import adding_proto, model, tensor


def lookup(metadata):
    node = helper.make_node("Gather", ["table", "k"], ["y"], name="g", doc_string="/home/me/x.py")
    node.metadata_props.add(key="fx", value=metadata)
    inputs, outputs = [tensor("k", ["n"], TensorProto.INT32)], [tensor("y", ["n", 2])]
    return model([node], inputs, outputs, {"table": np.zeros((3, 2), np.float32)})


def answers(graph, index):
    options = ort.SessionOptions()
    options.log_severity_level = 4
    session = ort.InferenceSession(graph, options)
    return session.run(None, {"k": np.array([index], np.int32)})


def test_an_embedding_refuses_a_negative_index_and_nothing_tells_of_the_machine():
    graph, inputs, outputs = tidied(lookup("torch.ops.aten.embedding.default"))
    assert (inputs, outputs) == (("k",), ("y",))
    assert b"home" not in graph
    assert len(answers(graph, 2)) == 1
    for index in (-1, 3):
        with pytest.raises(Exception, match="out of data bounds"):
            answers(graph, index)


def test_any_other_gather_counts_from_the_end():
    graph, _, _ = tidied(lookup("torch.ops.aten.index.Tensor"))
    assert len(answers(graph, -1)) == 1


def test_a_graph_that_is_none_is_refused():
    with pytest.raises(LoweringError, match="ONNX refuses"):
        tidied(adding_proto(nodes=[helper.make_node("ReduceSum", ["z"], ["y"])]))
