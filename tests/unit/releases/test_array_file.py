from __future__ import annotations

import numpy as np
import pytest

from headway.errors import TrainingDataError
from headway.releases.array_file import read_arrays


def test_arrays_and_labels_are_told_apart(tmp_path):
    np.savez(tmp_path / "two.npz", a=[1, 2], b=[3, 4], y=[0, 1])
    np.savez(tmp_path / "one.npz", a=[1, 2])
    arrays, labels = read_arrays(tmp_path / "two.npz", "y")
    assert (sorted(arrays), labels.tolist()) == (["a", "b"], [0, 1])
    assert read_arrays(tmp_path / "one.npz", None)[0].tolist() == [1, 2]


def test_what_holds_no_arrays_is_refused(tmp_path):
    (tmp_path / "no.npz").write_bytes(b"no")
    np.savez(tmp_path / "code.npz", a=np.array([{}], dtype=object))
    np.savez(tmp_path / "one.npz", a=[1])
    # numpy leaves such a file open, which is an error of its own here
    (tmp_path / "cut.npz").write_bytes((tmp_path / "one.npz").read_bytes()[:100])
    for name, target, message in (
        ("no", None, "holds no arrays"),
        ("code", None, "holds no arrays"),
        ("cut", None, "holds no arrays"),
        ("gone", None, "holds no arrays"),
        ("one", "y", "no array `y`"),
    ):
        with pytest.raises(TrainingDataError, match=message):
            read_arrays(tmp_path / f"{name}.npz", target)
