"""What was asked for cannot be understood: settings and addresses."""

from __future__ import annotations

from headway.errors.root import HeadwayError


class ConfigError(HeadwayError):
    """A setting is unknown, or its value is not allowed.

    Every wrong setting is named with the file or variable that it was written in and, for an unknown
    key, the nearest known one.

    What to do: See where each value comes from with `headway config show --origin`, and what there is
    in `docs/reference/settings.md`.
    """

    code = "config.invalid"


class AddressError(HeadwayError):
    """A model address cannot be read.

    What to do: Write `NAME` for the champion, `NAME:7`, `NAME@alias`, `models:/NAME/7`,
    `models:/NAME@alias`, `runs:/ID/path`, or a folder that begins with `./` or `/`.
    """

    code = "address.invalid"
