"""Small modules of PyTorch, their rows, and what the gate needs of them. Classes are pickled by value."""

from __future__ import annotations

import dataclasses
import types
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch
from torch import nn

from headway.contract.infer import infer_contract
from headway.contract.output import Answer, declare_output
from headway.releases.model_check import as_taken
from headway.releases.rows import LabelledRows, accepted, array_names, labelled_rows
from headway.releases.tensor_rows import few_arrays, plain_data
from headway.releases.torch import TorchNet
from headway.runtimes.torch import TorchRuntime

if TYPE_CHECKING:
    from headway.contract.model import Contract
    from headway.core.batch import FeatureBatch

Class = TypeVar("Class", bound=type)
N_ROWS = 60
N_WORDS, N_TOKENS = 30, 6


def by_value(cls: Class) -> Class:
    for part in (cls, *vars(cls).values()):
        if part is cls or isinstance(part, types.FunctionType):
            part.__module__ = "__main__"
    return cls


@by_value
class Embeddings(nn.Module):
    """A net of numbers and of two categories, of 5 and 7 values."""

    def __init__(self) -> None:
        super().__init__()
        self.colour, self.size = nn.Embedding(5, 3), nn.Embedding(7, 2)
        self.out = nn.Linear(7, 2)

    def forward(self, numeric: Any, categories: Any) -> Any:
        known = [numeric, self.colour(categories[:, 0]), self.size(categories[:, 1])]
        return self.out(torch.cat(known, 1))


@by_value
class Encoder(nn.Module):
    """A transformer over token ids, whose padding a mask tells."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(N_WORDS, 16)
        layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.out = nn.Linear(16, 4)

    def forward(self, input_ids: Any, attention_mask: Any) -> Any:
        hidden = self.layers(self.words(input_ids), src_key_padding_mask=attention_mask == 0)
        weights = attention_mask.unsqueeze(-1).float()
        return self.out((hidden * weights).sum(1) / weights.sum(1).clamp(min=1))


@by_value
class Branching(nn.Module):
    """What its own answers decide cannot be exported."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(5, 1)

    def forward(self, x: Any) -> Any:
        scores = self.table(x).sum(1)
        return scores * 2 if float(scores.sum()) > 1e9 else scores


def seeded(make: Any) -> Any:
    torch.manual_seed(0)
    return make()


def mlp() -> Any:
    return seeded(lambda: nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3)))


def digits() -> Any:
    return seeded(
        lambda: nn.Sequential(
            *(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.Dropout(), nn.Linear(36, 10)),
        )
    )


def matrix() -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).normal(size=(N_ROWS, 4)).astype(np.float32)


def images() -> np.ndarray[Any, Any]:
    return np.random.default_rng(1).random((N_ROWS, 1, 8, 8), dtype=np.float32)


def table() -> dict[str, np.ndarray[Any, Any]]:
    random = np.random.default_rng(2)
    categories = [random.integers(0, n, N_ROWS) for n in (5, 7)]
    return {
        "numeric": random.normal(size=(N_ROWS, 2)),
        "categories": np.stack(categories, axis=1),
    }


def sentences() -> dict[str, np.ndarray[Any, Any]]:
    random = np.random.default_rng(3)
    lengths = random.integers(2, N_TOKENS + 1, (N_ROWS, 1))
    return {
        "input_ids": random.integers(0, N_WORDS, (N_ROWS, N_TOKENS)),
        "attention_mask": (np.arange(N_TOKENS) < lengths).astype(np.int64),
    }


def pairs() -> np.ndarray[Any, Any]:
    return np.random.default_rng(4).integers(0, 5, (N_ROWS, 2))


@dataclasses.dataclass(frozen=True)
class Trained:
    """A module with its contract and real rows."""

    module: Any
    contract: Contract
    rows: FeatureBatch

    @property
    def native(self) -> TorchRuntime:
        return TorchRuntime(self.module, self.contract)


def taken(module: Any, data: Any) -> LabelledRows:
    """Return rows as registration gives them to a module."""
    return as_taken(module, labelled_rows(plain_data(module, data), None))


def trained(module: Any, data: Any, answer: Answer | None = None) -> Trained:
    rows, net = taken(module, data), TorchNet(module)
    output = declare_output(net.output(few_arrays(net, rows)), answer)
    contract = infer_contract(rows.data, output, feature_names=rows.names).contract
    _, batch = accepted(contract, rows.batch(array_names(contract)))
    return Trained(module, contract, batch)
