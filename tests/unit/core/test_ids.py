from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor

from headway.core.ids import new_id, new_ids


def test_ids_are_hex_and_never_the_same() -> None:
    ids = {new_id() for _ in range(1_000)}
    assert len(ids) == 1_000
    assert all(re.fullmatch(r"[0-9a-f]{24}", one) for one in ids)


def test_many_ids_are_as_good_as_one() -> None:
    ids = new_ids(1_000)
    assert len(set(ids)) == 1_000
    assert all(re.fullmatch(r"[0-9a-f]{24}", one) for one in ids)
    assert new_ids(0) == []


def test_threads_never_share_an_id() -> None:
    with ThreadPoolExecutor(4) as threads:
        parts = list(threads.map(lambda _: [new_id() for _ in range(2_000)], range(4)))
    assert len({one for part in parts for one in part}) == 8_000


def test_a_forked_process_has_ids_of_its_own() -> None:
    new_id()  # there are ids ready that the fork inherits
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, "".join(new_id() for _ in range(20)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    digits = os.read(reader, 20 * 24).decode()
    os.close(reader)
    os.close(writer)
    theirs = {digits[start : start + 24] for start in range(0, len(digits), 24)}
    assert len(theirs) == 20
    assert not theirs & {new_id() for _ in range(600)}
