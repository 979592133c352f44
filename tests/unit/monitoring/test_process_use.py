from __future__ import annotations

import os
import subprocess
import sys

from headway.monitoring.process_use import process_use


def test_memory_and_time_of_a_process_are_told() -> None:
    before = process_use(os.getpid())
    assert before is not None
    kept = bytearray(os.urandom(1_000_000)) * 50
    for _ in range(3):
        sum(range(1_000_000))
    after = process_use(os.getpid())
    assert after is not None
    assert after.resident_bytes - before.resident_bytes > len(kept) / 2
    assert after.cpu_s > before.cpu_s


def test_a_process_that_is_gone_uses_nothing() -> None:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    assert process_use(process.pid) is None
