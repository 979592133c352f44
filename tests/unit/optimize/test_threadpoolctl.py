from __future__ import annotations

import sklearn.ensemble  # noqa: F401 - loads OpenMP
import threadpoolctl

from headway.optimize.threadpoolctl import one_thread


def threads():
    return [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]


def test_one_thread_holds_inside_and_is_undone_outside():
    before = threads()
    with one_thread():
        assert set(threads()) == {1}
    assert threads() == before
