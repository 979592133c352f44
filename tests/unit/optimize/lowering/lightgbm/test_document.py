from __future__ import annotations

import pytest

from headway.errors import LoweringError
from headway.optimize.lowering.lightgbm.document import read_document

TEXT = """tree
num_tree_per_iteration={n_scores}
max_feature_idx=2
objective=binary sigmoid:0.5
average_output

Tree=0
num_leaves=1
leaf_value=0.5

Tree=1
num_leaves=1
leaf_value=0.25

end of trees

parameters:
Tree=of no kind
"""


def test_the_text_is_read():
    document = read_document(TEXT.format(n_scores=2))
    assert document.objective == ("binary", "sigmoid:0.5")
    assert (document.n_features, document.n_scores, document.n_rounds) == (3, 2, 1)
    assert document.is_averaged
    assert [tree["leaf_value"] for tree in document.trees] == ["0.5", "0.25"]


@pytest.mark.parametrize("n_scores", [0, 3])
def test_trees_that_are_of_no_score_are_refused(n_scores):
    with pytest.raises(LoweringError, match=f"it holds 2 trees for {n_scores} scores"):
        read_document(TEXT.format(n_scores=n_scores))
