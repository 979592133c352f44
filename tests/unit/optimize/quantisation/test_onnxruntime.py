from __future__ import annotations

import logging

import numpy as np
import onnx
import pytest

from headway.errors import QuantisationError
from headway.optimize.quantisation.kinds import Calibration, Kind
from headway.optimize.quantisation.onnxruntime import ENGINE, quantised_graph
from small_nets import answers, net_graph
from unit.optimize.quantisation.test_onnx import float64_graph

GRAPH = net_graph(3, n_hidden=512)
MATRIX = np.random.default_rng(1).normal(size=(50, 4)).astype(np.float32)


def calibration(dtype: str = "float32") -> Calibration:
    return Calibration(
        iter([{"features": MATRIX[i : i + 10].astype(dtype)} for i in range(0, 50, 10)])
    )


@pytest.mark.parametrize(
    ("kind", "share", "most", "words"),
    [
        # of numbers up to 80; weights of 8 bits would overflow here on processors without VNNI
        (Kind.FP16, 0.6, 0.05, "float16"),
        (Kind.INT8, 0.7, 4.0, "int8 for each channel, ranges of what it computes found"),
        (Kind.INT8_STATIC, 0.8, 4.0, "int8 for each channel, ranges of what it computes from"),
    ],
)
def test_a_graph_becomes_smaller_and_answers_nearly_the_same(
    kind: Kind, share: float, most: float, words: str
) -> None:
    made, method = quantised_graph(GRAPH, kind, calibration() if kind.needs_calibration else None)
    exact, lossy = answers(GRAPH, MATRIX), answers(made, MATRIX)
    assert lossy.dtype == exact.dtype == np.float32
    assert 0 < np.abs(exact - lossy).max() < most
    assert len(made) < share * len(GRAPH)
    assert method.engine == ENGINE
    assert words in method.words
    assert "float32; " not in method.words


def test_ranges_come_from_the_rows_that_it_is_given() -> None:
    narrow = Calibration(iter([{"features": MATRIX[:2] * 0.01}]))
    made, method = quantised_graph(GRAPH, Kind.INT8_STATIC, narrow)
    assert method.options["calibration_blocks"] == "1"
    # whatever lies outside of what it has seen is cut off
    exact = np.abs(answers(GRAPH, MATRIX)).max()
    assert np.abs(answers(made, MATRIX)).max() < exact / 2


@pytest.mark.parametrize("kind", [Kind.FP16, Kind.INT8, Kind.INT8_STATIC])
def test_a_lowered_graph_keeps_its_float64_ends(kind: Kind) -> None:
    graph, rows = float64_graph(2), MATRIX.astype(np.float64)
    made, method = quantised_graph(
        graph, kind, calibration("float64") if kind.needs_calibration else None
    )
    assert method.words.startswith("first cast to float32; ")
    lossy = answers(made, rows)
    assert lossy.dtype == np.float64
    assert 0 < np.abs(lossy - answers(graph, rows)).max() < 0.1


def test_bfloat16_names_what_can_execute_it() -> None:
    with pytest.raises(QuantisationError, match="executes no bf16") as caught:
        quantised_graph(GRAPH, Kind.BF16)
    assert "`--engine torch`" in str(caught.value.hint)


def test_what_its_tools_do_not_know_is_refused_in_one_line() -> None:
    model = onnx.load_from_string(GRAPH)
    model.graph.node.append(onnx.helper.make_node("Foreign", ["values"], ["odd"], domain="other"))
    model.opset_import.append(onnx.helper.make_opsetid("other", 1))
    with pytest.raises(
        QuantisationError, match="ONNX Runtime makes no int8 of this graph: "
    ) as caught:
        quantised_graph(model.SerializeToString(), Kind.INT8)
    assert "\n" not in caught.value.message


def test_its_advice_is_nobody_s_log(caplog: pytest.LogCaptureFixture) -> None:
    level = logging.getLogger().level
    quantised_graph(GRAPH, Kind.INT8)
    assert caplog.records == []
    assert logging.getLogger().level == level
