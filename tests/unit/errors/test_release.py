from __future__ import annotations

from headway.errors import MissingExtraError, ParityError


def test_a_missing_extra_says_how_to_install_it() -> None:
    extra = MissingExtraError("arrow", "reading Arrow")
    assert extra.extra == "arrow"
    assert extra.message == "reading Arrow needs the extra `arrow`"
    assert extra.hint == 'pip install "headway[arrow]"'


def test_a_difference_keeps_what_was_measured() -> None:
    parity = ParityError("differs", max_abs_difference=0.1, tolerance=1e-12, row=7)
    assert (parity.max_abs_difference, parity.tolerance, parity.row) == (0.1, 1e-12, 7)
