from __future__ import annotations

import os
import subprocess
import sys
import time

from headway.testing.load.process_tree import cpu_s, memory_bytes, tree_of

# a child with a child of its own that computes, and that is waited for
PARENT = (
    "import subprocess, sys; subprocess.run([sys.executable, '-c', 'sum(range(10**7))']); input()"
)


def test_children_of_children_and_those_that_have_ended_count():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE) as child:
        assert child.pid in tree_of(os.getpid())
        end_s = time.monotonic() + 15
        while cpu_s(child.pid) < 0.1:
            assert time.monotonic() < end_s
        assert memory_bytes(child.pid) > 1_000_000
        child.communicate(b"\n")


def test_a_process_that_is_gone_has_nothing():
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    assert cpu_s(child.pid) == 0
    assert memory_bytes(child.pid) == 0
