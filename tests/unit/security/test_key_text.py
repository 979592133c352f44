"""Keys differ, travel well, and show a typing error."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headway.security.key_text import SHOWN_CHARACTERS, is_mistyped, new_key


def test_keys_differ_and_are_fit_for_headers_and_urls() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(key.replace("_", "").replace("-", "").isalnum() for key in keys)


@given(st.data())
def test_a_typing_error_is_noticed(data: st.DataObject) -> None:
    key = new_key()
    assert not is_mistyped(key)
    place = data.draw(st.integers(3, len(key) - 1))
    other = data.draw(st.sampled_from("abcXYZ019-_").filter(lambda char: char != key[place]))
    assert is_mistyped(key[:place] + other + key[place + 1 :])
    assert is_mistyped(key[:place] + key[place + 1 :])
    assert is_mistyped(key[:place] + other + key[place:])


def test_what_is_shown_does_not_tell_keys_apart_for_nothing() -> None:
    assert len({new_key()[:SHOWN_CHARACTERS] for _ in range(100)}) > 90
