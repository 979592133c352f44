"""Reads the JSON document that an XGBoost booster saves, which holds every float32 with all its digits.

Source: XGBoost `doc/model.schema` and `src/gbm/gbtree_model.cc`.
"""

from __future__ import annotations

import msgspec

from headway.errors import LoweringError

_TREES = ("gbtree", "dart")


class TreeParameters(msgspec.Struct):
    """Of one tree: how long the vectors of its leaves are."""

    size_leaf_vector: str = "1"


class TreeDocument(msgspec.Struct):
    """One tree: its nodes, the root first. A node without children holds its leaf in `split_conditions`."""

    left_children: list[int]
    right_children: list[int]
    split_indices: list[int]
    split_conditions: list[float]
    default_left: list[int]
    split_type: list[int]
    categories: list[int]
    categories_nodes: list[int]
    categories_segments: list[int]
    categories_sizes: list[int]
    tree_param: TreeParameters


class Categories(msgspec.Struct):
    """The categories of one column: numbers, or strings as bytes one after the other."""

    values: list[float]
    offsets: list[int] | None = None

    def names(self) -> tuple[str | float, ...]:
        """Return the categories in the order of their codes."""
        if self.offsets is None:
            return tuple(self.values)
        data = bytes(int(value) % 256 for value in self.values)
        bounds = zip(self.offsets, self.offsets[1:], strict=False)
        return tuple(data[start:end].decode() for start, end in bounds)


class CategoryContainer(msgspec.Struct):
    """The categories of every column that it was trained on; none where it was given codes."""

    enc: list[Categories] = []


class Model(msgspec.Struct):
    """The trees, each with the score that it adds to, and where the trees of each round begin."""

    trees: list[TreeDocument]
    tree_info: list[int]
    iteration_indptr: list[int]
    cats: CategoryContainer = msgspec.field(default_factory=CategoryContainer)


class GbTree(msgspec.Struct):
    """Boosted trees inside of those that drop some of them."""

    model: Model


class GradientBooster(msgspec.Struct):
    """What boosts; DART holds its trees one level deeper, and a weight for each."""

    name: str
    model: msgspec.Raw = msgspec.Raw(b"")
    gbtree: msgspec.Raw = msgspec.Raw(b"")
    weight_drop: list[float] = []


class Objective(msgspec.Struct):
    """What the sums of the trees mean."""

    name: str


class Parameters(msgspec.Struct):
    """Of the whole; numbers are written as strings, several of them as lists in strings."""

    base_score: str
    num_feature: str
    num_class: str = "0"
    num_target: str = "1"


class Learner(msgspec.Struct):
    """All that predicts."""

    gradient_booster: GradientBooster
    learner_model_param: Parameters
    objective: Objective
    attributes: dict[str, str] = {}


class _Saved(msgspec.Struct):
    learner: Learner


def read_document(data: bytes) -> tuple[Learner, Model]:
    """Read what `Booster.save_raw("json")` gives.

    Raises:
        LoweringError: It is no such document, or does not boost trees.
    """
    try:
        learner = msgspec.json.decode(data, type=_Saved).learner
        booster = learner.gradient_booster
        if booster.name not in _TREES:
            raise LoweringError(f"its booster `{booster.name}` is not covered, only trees are")
        if booster.name == "dart":
            model = msgspec.json.decode(booster.gbtree, type=GbTree).model
        else:
            model = msgspec.json.decode(booster.model, type=Model)
    except msgspec.MsgspecError as error:
        raise LoweringError(f"its document is not what is known of it: {error}") from error
    return learner, model
