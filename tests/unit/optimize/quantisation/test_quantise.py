from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from crafted import write_crafted_bundle
from headway.bundle import layout
from headway.errors import QuantisationError
from headway.optimize.quantisation.kinds import Kind
from headway.optimize.quantisation.quantise import Order, quantise
from small_nets import net_rows, write_net_bundle

if TYPE_CHECKING:
    from pathlib import Path


def order(**changes: Any) -> Order:
    return Order(
        **{
            "kind": Kind.INT8,
            "engine": "onnxruntime",
            "calibration": None,
            "few": net_rows(3),
            "trust_code": True,
            **changes,
        }
    )


def test_a_graph_is_made_smaller_and_fed_as_before(tmp_path: Path) -> None:
    bundle = write_net_bundle(tmp_path / "net")
    form = quantise(bundle, order(kind=Kind.FP16))
    assert set(form.files) == {layout.GRAPH, layout.BINDING}
    assert form.files[layout.BINDING] == bundle.read_bytes(layout.BINDING)
    assert form.size_bytes == (len(bundle.read_bytes(layout.GRAPH)), len(form.files[layout.GRAPH]))
    assert form.size_bytes[1] < form.size_bytes[0]
    execution = form.execution
    assert (execution.form, execution.flavor, execution.lossy) == ("lowered", "onnx", "fp16")
    assert form.exact.form == "lowered"


def test_calibration_rows_become_the_tensors_of_the_graph(tmp_path: Path) -> None:
    bundle = write_net_bundle(tmp_path / "net")
    form = quantise(bundle, order(kind=Kind.INT8_STATIC, calibration=net_rows(70)))
    assert form.method.options["calibration_blocks"] == "3"


def test_a_graph_that_cannot_be_made_smaller_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QuantisationError, match="makes no int8 of this graph"):
        quantise(write_crafted_bundle(tmp_path / "credit"), order())


def test_each_engine_says_what_it_needs(tmp_path: Path) -> None:
    bundle = write_net_bundle(tmp_path / "net")
    execution = msgspec.structs.replace(
        bundle.manifest.execution, form="native", reason="native, because it has no graph"
    )
    manifest = msgspec.structs.replace(bundle.manifest, execution=execution)
    native = type(bundle)(bundle.path, manifest, bundle.contract)
    with pytest.raises(QuantisationError, match="`net` is served native, because it has no graph"):
        quantise(native, order())
    with pytest.raises(QuantisationError, match="of the flavor `sklearn`"):
        quantise(write_crafted_bundle(tmp_path / "credit"), order(engine="torch"))
