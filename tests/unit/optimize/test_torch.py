from __future__ import annotations

import pytest
from torch import nn

from headway.errors import LoweringError
from headway.optimize.torch import export
from headway.runtimes.onnx_graph import OnnxGraphRuntime
from nets import Branching, matrix, mlp, pairs, trained


def test_a_module_becomes_a_graph_and_prints_nothing(capfd):
    net = trained(mlp(), matrix())
    graph, binding = export(net.native, net.contract, net.rows)
    assert OnnxGraphRuntime(graph, binding, net.contract).form == "lowered"
    assert capfd.readouterr() == ("", "")


def test_one_row_is_enough_for_any_number():
    net = trained(nn.Linear(4, 1), matrix()[:1])
    graph, binding = export(net.native, net.contract, net.rows)
    assert OnnxGraphRuntime(graph, binding, net.contract).form == "lowered"


def test_what_is_not_exported_says_why_in_one_line():
    net = trained(Branching(), pairs())
    with pytest.raises(LoweringError, match="PyTorch does not export it") as caught:
        export(net.native, net.contract, net.rows)
    assert "\n" not in caught.value.message
