from __future__ import annotations

from headway.monitoring.directory import Directory, Entry


def test_what_is_published_is_read_and_what_is_not_is_none() -> None:
    region = memoryview(bytearray(4096)).cast("B")
    published = memoryview(bytearray(8)).cast("Q")
    writer, reader = Directory(region, published), Directory(region, published)
    entries = [
        Entry("counter", "asked", (("model", "größe"),), (), 0),
        Entry("histogram", "took", (), (1.0, 2.0), 1),
    ]
    for n, entry in enumerate(entries):
        assert reader.entries() == entries[:n]
        assert writer.append(entry)
    assert reader.entries() == Directory(region, published).entries() == entries
    assert [entry.n_cells for entry in entries] == [1, 4]


def test_half_an_entry_is_none() -> None:
    region = memoryview(bytearray(4096)).cast("B")
    published = memoryview(bytearray(8)).cast("Q")
    Directory(region, published).append(Entry("gauge", "now", (), (), 0))
    whole = bytes(region)
    region[12] ^= 0xFF
    reader = Directory(region, published)
    assert reader.entries() == []
    region[:] = whole
    assert len(reader.entries()) == 1


def test_what_does_not_fit_is_not_published() -> None:
    region = memoryview(bytearray(64)).cast("B")
    published = memoryview(bytearray(8)).cast("Q")
    directory = Directory(region, published)
    assert directory.append(Entry("gauge", "a", (), (), 0))
    assert not directory.append(Entry("gauge", "a" * 60, (), (), 1))
    assert len(directory.entries()) == 1
