from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest

from headway.optimize.graph import GraphBuilder, GraphOutput
from headway.optimize.lowering.trees import LEAF, Tree, add_tree_ensemble, needs_codes


def random_tree(random, depth, *, target=0, sets=()):
    """Return a tree over three columns; those in `sets` are tested for membership."""
    nodes = []

    def grow(level):
        place = len(nodes)
        nodes.append(None)
        if level == depth or (level and random.random() < 0.2):
            nodes[place] = (LEAF, 0.0, 0, 0, False, None, random.normal())
            return place
        column = int(random.integers(3))
        members = None
        if column in sets:
            members = tuple(random.choice(np.arange(9.0), random.integers(0, 6), replace=False))
        missing = bool(random.random() < 0.5) and members is None
        left, right = grow(level + 1), grow(level + 1)
        nodes[place] = (column, random.normal(), left, right, missing, members, 0.0)
        return place

    grow(0)
    column, threshold, left, right, missing, members, value = zip(*nodes, strict=True)
    return Tree(
        target=target,
        column=np.array(column),
        threshold=np.array(threshold),
        left=np.array(left),
        right=np.array(right),
        missing_left=np.array(missing),
        members={i: found for i, found in enumerate(members) if found is not None},
        value=np.array(value),
    )


def expected(trees, rows, n_targets):
    total = np.zeros((len(rows), n_targets))
    for tree in trees:
        for i, row in enumerate(rows):
            node = 0
            while tree.column[node] != LEAF:
                goes_left = tree.goes_left(node, row[[tree.column[node]]])[0]
                node = tree.left[node] if goes_left else tree.right[node]
            total[i, tree.target] += tree.value[node]
    return total


def computed(trees, rows, n_targets, positions=(0, 1, 2)):
    graph = GraphBuilder(rows.shape[1])
    scores = add_tree_ensemble(graph, "features", positions, trees, n_targets)
    model = graph.finish({"scores": GraphOutput(scores, width=n_targets)})
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # so that trees are added in their order
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return session.run(["scores"], {"features": rows})[0]


def rows_of(random, n_rows):
    rows = random.normal(size=(n_rows, 3))
    rows[:, 2] = random.integers(-1, 12, n_rows)
    rows[random.random(rows.shape) < 0.1] = np.nan
    return rows


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("n_targets", [1, 3])
def test_the_operator_answers_what_the_trees_say(seed, n_targets):
    random = np.random.default_rng(seed)
    trees = [random_tree(random, 5, target=k % n_targets, sets={2}) for k in range(12)]
    rows = rows_of(random, 200)
    np.testing.assert_array_equal(
        computed(trees, rows, n_targets), expected(trees, rows, n_targets)
    )


def test_rows_on_a_threshold_go_left_and_one_unit_beyond_go_right():
    tree = Tree(
        0,
        np.array([0, LEAF, LEAF]),
        np.array([0.1, 0.0, 0.0]),
        np.array([1, 0, 0]),
        np.array([2, 0, 0]),
        np.zeros(3, dtype=bool),
        {},
        np.array([0.0, 1.0, 2.0]),
    )
    rows = np.array([[0.1, 0, 0], [np.nextafter(0.1, 1), 0, 0], [np.nan, 0, 0], [-np.inf, 0, 0]])
    assert computed([tree], rows, 1).ravel().tolist() == [1.0, 2.0, 2.0, 1.0]


@pytest.mark.parametrize("n_known", [2, 30, 40, 255])
def test_sets_of_any_size_hold_their_members_only(n_known):
    members = tuple(float(code) for code in range(0, n_known, 2))
    tree = Tree(
        0,
        np.array([0, LEAF, LEAF]),
        np.zeros(3),
        np.array([1, 0, 0]),
        np.array([2, 0, 0]),
        np.zeros(3, dtype=bool),
        {0: members},
        np.array([0.0, 1.0, 2.0]),
    )
    codes = np.arange(-2.0, 300.0)
    rows = np.stack([codes, codes, codes], axis=1)
    want = np.where(np.isin(codes, members), 1.0, 2.0)
    assert computed([tree], rows, 1).ravel().tolist() == want.tolist()
    assert needs_codes(members) == (n_known > 31)
    assert needs_codes((-1.0, 2.0))
    assert not needs_codes(())


def test_an_empty_set_holds_nothing_and_a_tree_of_one_leaf_answers_it():
    empty = Tree(
        0,
        np.array([1, LEAF, LEAF]),
        np.zeros(3),
        np.array([1, 0, 0]),
        np.array([2, 0, 0]),
        np.zeros(3, dtype=bool),
        {0: ()},
        np.array([0.0, 1.0, 2.0]),
    )
    leaf = Tree(
        0,
        np.array([LEAF]),
        np.zeros(1),
        np.zeros(1, dtype=int),
        np.zeros(1, dtype=int),
        np.zeros(1, dtype=bool),
        {},
        np.array([0.25]),
    )
    rows = np.array([[0, -1.0, 0], [0, np.nan, 0], [0, 3.0, 0]])
    assert computed([empty, leaf], rows, 1).ravel().tolist() == [2.25] * 3
    assert computed([leaf], rows, 1).ravel().tolist() == [0.25] * 3


def test_columns_are_read_where_they_lie():
    random = np.random.default_rng(0)
    tree = random_tree(random, 4)
    rows = rows_of(random, 50)
    moved = np.full((50, 6), np.nan)
    moved[:, [5, 0, 3]] = rows
    np.testing.assert_array_equal(
        computed([tree], moved, 1, positions=(5, 0, 3)), computed([tree], rows, 1)
    )
