from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.core.frames import MAX_FRAME_BYTES, FrameReader, frame


@given(st.lists(st.binary(max_size=50)), st.lists(st.integers(1, 20), min_size=1))
def test_messages_come_out_as_they_went_in_however_the_stream_is_cut(
    messages: list[bytes], sizes: list[int]
) -> None:
    stream = b"".join(map(frame, messages))
    reader, found, i = FrameReader(), [], 0
    while stream:
        size = sizes[i % len(sizes)]
        found += reader.feed(stream[:size])
        stream, i = stream[size:], i + 1
    assert found == messages


def test_a_stream_of_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than"):
        FrameReader().feed(b"GET / HTTP/1.1\r\n\r\n")


def test_a_message_that_the_other_side_would_refuse_is_not_made() -> None:
    with pytest.raises(ValueError, match="longer than"):
        frame(bytes(MAX_FRAME_BYTES + 1))
