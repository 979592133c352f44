from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from headway.monitoring.directory import Directory, Entry

TEXTS = st.text(max_size=20)
ENTRIES = st.builds(
    Entry,
    st.sampled_from(["counter", "gauge", "histogram"]),
    TEXTS,
    st.lists(st.tuples(TEXTS, TEXTS), max_size=3).map(tuple),
    st.lists(st.floats(allow_nan=False), max_size=3).map(tuple),
    st.integers(0, 2**40),
)


def memory(n_bytes: int) -> tuple[memoryview[int], memoryview[int]]:
    return memoryview(bytearray(n_bytes)), memoryview(bytearray(8)).cast("Q")


@given(st.lists(ENTRIES, max_size=8))
def test_whoever_looks_sees_what_was_appended(entries: list[Entry]) -> None:
    region, published = memory(8_192)
    writer, reader = Directory(region, published), Directory(region, published)
    for i, entry in enumerate(entries):
        assert writer.append(entry)
        assert reader.entries() == entries[: i + 1]
    # a successor goes on where the last one stopped
    assert Directory(region, published).entries() == entries


def test_half_an_entry_is_never_seen() -> None:
    region, published = memory(1_024)
    writer = Directory(region, published)
    writer.append(Entry("counter", "first", (), (), 0))
    end = published[0]
    # killed after its bytes were written and before they were published
    region[end : end + 32] = b"\xff" * 32
    assert [entry.name for entry in Directory(region, published).entries()] == ["first"]
    successor = Directory(region, published)
    successor.append(Entry("counter", "second", (), (), 1))
    assert [entry.name for entry in writer.entries()] == ["first", "second"]


def test_bytes_that_arrive_later_than_their_publication_are_waited_for() -> None:
    region, published = memory(1_024)
    Directory(region, published).append(Entry("counter", "first", (), (), 0))
    (checksum,) = struct.unpack_from("<I", region, 4)
    struct.pack_into("<I", region, 4, checksum ^ 1)
    reader = Directory(region, published)
    assert reader.entries() == []
    struct.pack_into("<I", region, 4, checksum)
    assert [entry.name for entry in reader.entries()] == ["first"]


def test_what_does_not_fit_is_not_begun() -> None:
    region, published = memory(64)
    directory = Directory(region, published)
    assert not directory.append(Entry("counter", "x" * 100, (), (), 0))
    assert (published[0], directory.entries()) == (0, [])
    assert directory.append(Entry("counter", "x", (), (), 0))
