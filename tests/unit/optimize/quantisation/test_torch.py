from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import nn

from headway.errors import QuantisationError
from headway.optimize.quantisation.kinds import Kind
from headway.optimize.quantisation.torch import module_bytes, quantised_module
from headway.runtimes.modules import ShippedModules
from headway.runtimes.torch import load_torch_module, narrow_float

if TYPE_CHECKING:
    from pathlib import Path


def tabular() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 3)).eval()


ROWS = {"input": torch.linspace(-2, 2, 20).reshape(5, 4)}


def answers(module: nn.Module) -> torch.Tensor:
    half = narrow_float(module)
    rows = ROWS["input"] if half is None else ROWS["input"].to(half)
    with torch.inference_mode():
        return module(rows).float()


@pytest.mark.parametrize(
    ("kind", "words", "dtype", "most"),
    [
        (Kind.FP16, "parameters and arithmetic in float16", torch.float16, 0.01),
        (Kind.BF16, "parameters and arithmetic in bfloat16", torch.bfloat16, 0.05),
        (Kind.INT8, "torch.ao dynamic: weights of 2 layers in int8", None, 0.05),
    ],
)
def test_a_module_becomes_another_and_stays_as_it_is(
    kind: Kind, words: str, dtype: torch.dtype | None, most: float
) -> None:
    module = tabular()
    made, method = quantised_module(module, kind, ROWS)
    assert module[0].weight.dtype is torch.float32
    assert words in method.words
    assert method.engine == f"torch {torch.__version__}"
    assert narrow_float(made) is dtype
    assert 0 < (answers(made) - answers(module)).abs().max() < most


def test_it_survives_a_file_without_a_warning(tmp_path: Path) -> None:
    for kind in (Kind.BF16, Kind.INT8):
        made, _ = quantised_module(tabular(), kind, ROWS)
        path = tmp_path / f"{kind}.pth"
        path.write_bytes(module_bytes(made))
        again = load_torch_module(path, ShippedModules(tmp_path, {}))
        assert torch.equal(answers(again), answers(made))


class NoLayers(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.sum(1)


class Huge(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x) * 1e9


@pytest.mark.parametrize(
    ("module", "kind", "said"),
    [
        (tabular(), Kind.INT8_STATIC, "no int8-static of a module as it is"),
        (NoLayers(), Kind.INT8, "it has none of Linear, LSTM, GRU"),
        (Huge(), Kind.FP16, "what it answers is no finite number"),
        (
            nn.TransformerEncoderLayer(4, 2, 8, batch_first=True).eval(),
            Kind.INT8,
            "no int8 of a `TransformerEncoderLayer`: AttributeError",
        ),
    ],
)
def test_what_it_cannot_do_is_refused_with_the_engine_that_can(
    module: nn.Module, kind: Kind, said: str
) -> None:
    rows = {"x": torch.ones(2, 3, 4)} if isinstance(module, nn.TransformerEncoderLayer) else ROWS
    with pytest.raises(QuantisationError, match=said) as caught:
        quantised_module(module, kind, rows)
    assert "`--engine onnxruntime`" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("version", "said"), [(None, "is not installed"), ("0.9.0", "torchao 0.9.0 is too old")]
)
def test_torchao_is_asked_for_its_version(
    version: str | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def installed(name: str) -> Any:
        if version is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setattr(importlib.metadata, "version", installed)
    with pytest.raises(QuantisationError, match=said) as caught:
        quantised_module(tabular(), Kind.INT8, ROWS, by_torchao=True)
    assert caught.value.hint == 'pip install "torchao>=0.13"'
