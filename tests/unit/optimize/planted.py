"""Small trees and features, for tests of the rows on their thresholds."""

from __future__ import annotations

import numpy as np

from headway.contract.model import Feature
from headway.core.dtypes import DType
from headway.optimize.feature_values import FeatureValues
from headway.optimize.lowering.columns import Column, Vocabulary
from headway.optimize.lowering.trees import LEAF, Tree
from headway.runtimes.encoder import EncoderColumn

NUMBER = FeatureValues(Feature("n", DType.FLOAT, True, "float64"), EncoderColumn("n"))
COUNT = FeatureValues(Feature("c", DType.INTEGER, False, "int64"), EncoderColumn("c"))
WORD = FeatureValues(
    Feature("w", DType.STRING, False, "str"), EncoderColumn("w", vocabulary=("a", "b", "c"))
)
WORDS = Vocabulary(("a", "b", "c"))


def column(feature, trace=lambda values: values, vocabulary=None):
    return Column("features", feature, feature, trace, vocabulary)


def split(threshold, *, at=0, members=None, missing_left=False):
    """Return a tree of one test."""
    return Tree(
        target=0,
        column=np.array([at, LEAF, LEAF]),
        threshold=np.array([threshold, 0.0, 0.0]),
        left=np.array([1, 0, 0]),
        right=np.array([2, 0, 0]),
        missing_left=np.array([missing_left, False, False]),
        members={} if members is None else {0: members},
        value=np.array([0.0, 1.0, 2.0]),
    )


def deep(second_threshold=0.0, *, second_column=1, members=None, missing_left=False):
    """Return a tree of two tests: column 0 against 5, and on its left another one."""
    return Tree(
        target=0,
        column=np.array([0, second_column, LEAF, LEAF, LEAF]),
        threshold=np.array([5.0, second_threshold, 0.0, 0.0, 0.0]),
        left=np.array([1, 2, 0, 0, 0]),
        right=np.array([4, 3, 0, 0, 0]),
        missing_left=np.array([missing_left, False, False, False, False]),
        members={} if members is None else {1: members},
        value=np.arange(5.0),
    )
