from __future__ import annotations

from headway.errors import AddressError, ConfigError, HeadwayError


def test_a_wrong_setting_and_a_wrong_address_are_told_apart() -> None:
    assert ConfigError.__mro__[1] is AddressError.__mro__[1] is HeadwayError
    assert ConfigError.code != AddressError.code
