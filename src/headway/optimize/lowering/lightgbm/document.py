"""Reads the text that a LightGBM booster saves, which holds every number with all its digits.

Source: LightGBM `src/io/tree.cpp` and `src/boosting/gbdt_model_text.cpp`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from headway.errors import LoweringError

Fields = Mapping[str, str]

# What only says how a booster is trained, or what its fields are worth
_TREE = "Tree="
_END = "end of trees"
_AVERAGED = "average_output"


@dataclasses.dataclass(frozen=True, slots=True)
class Document:
    """A booster.

    Attributes:
        objective: Its name and its settings: `("binary", "sigmoid:1")`.
        n_features: Columns of what it was trained on.
        n_scores: Trees of each round.
        is_averaged: Whether the trees of a score are averaged, as those of random forests are.
        trees: The fields of each tree, in the order of their sum.
    """

    objective: tuple[str, ...]
    n_features: int
    n_scores: int
    is_averaged: bool
    trees: tuple[Fields, ...]

    @property
    def n_rounds(self) -> int:
        """Return the number of trees of each score."""
        return len(self.trees) // self.n_scores


def read_document(text: str) -> Document:
    """Read what `Booster.model_to_string` gives.

    Raises:
        LoweringError: It is no such text, or has no trees.
    """
    head, *blocks = text.partition(_END)[0].split(_TREE)
    header, trees = _fields(head), tuple(_fields(block) for block in blocks)
    n_scores = int(header["num_tree_per_iteration"])
    if not trees or n_scores < 1 or len(trees) % n_scores:
        raise LoweringError(f"it holds {len(trees)} trees for {n_scores} scores")
    return Document(
        objective=tuple(header.get("objective", "").split()),
        n_features=int(header["max_feature_idx"]) + 1,
        n_scores=n_scores,
        is_averaged=_AVERAGED in header,
        trees=trees,
    )


def _fields(block: str) -> Fields:
    pairs = (line.partition("=") for line in block.splitlines() if line)
    return {name: value for name, _, value in pairs}
