"""A name that is no setting is told with what it was probably meant to be."""

from __future__ import annotations

import pytest

from headway.config.sources import Origin
from headway.config.unknown import near_variables, unknown_setting

VARIABLES = [
    "HEADWAY_HOME",
    "HEADWAY_SERVER__PORT",
    "HEADWAY_SERVER__API_KEY",
    "HEADWAY_CLIENT__KEY",
]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("HEADWAY_PORT", ["HEADWAY_SERVER__PORT"]),
        ("HEADWAY_SERVER_PORT", ["HEADWAY_SERVER__PORT"]),
        ("HEADWAY_SEVER__PORT", ["HEADWAY_SERVER__PORT"]),
        ("HEADWAY_KEY", ["HEADWAY_SERVER__API_KEY", "HEADWAY_CLIENT__KEY"]),
        ("HEADWAY_API_KEY_FILE", ["HEADWAY_SERVER__API_KEY"]),
        ("HEADWAY_HOMES", ["HEADWAY_HOME"]),
        ("HEADWAY_", []),
        ("HEADWAY_XYZ", []),
    ],
)
def test_variables_are_near_where_words_are_left_out_or_misspelt(
    name: str, near: list[str]
) -> None:
    assert near_variables(name, VARIABLES) == near


def test_a_section_given_whole_is_told_by_its_key() -> None:
    origin = Origin("environment", "HEADWAY_SERVER")
    told = unknown_setting(("server", "prot"), origin, ["port", "host"], VARIABLES)
    assert told == "HEADWAY_SERVER: unknown setting; did you mean HEADWAY_SERVER__PORT?"


def test_a_key_of_a_file_is_told_by_the_keys_of_its_table() -> None:
    origin = Origin("override", "command line")
    told = unknown_setting(("server", "xyz"), origin, ["port", "host"], VARIABLES)
    assert told.endswith("known are `server.port`, `server.host`")
