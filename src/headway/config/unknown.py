"""Says that there is no such setting, and which one was probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.config.sources import FILE_SUFFIX, PREFIX, variable_name
from headway.core.names import nearest_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.config.sources import Origin


def unknown_setting(
    path: tuple[str, ...], origin: Origin, known: Sequence[str], variables: Sequence[str]
) -> str:
    """Say that there is no setting at `path`, and which one was probably meant.

    Args:
        path: As it was written.
        origin: Where.
        known: What the table knows that it was written in.
        variables: Every variable that holds one value.
    """
    nearest = nearest_name(path[-1], known)
    is_variable = origin.kind in {"environment", "secret file"}
    if is_variable and (len(path) == 1 or not nearest):
        # one underscore instead of two, or no section at all, makes another path of the name
        name = variable_name(path)
        whole = origin.place if origin.place.startswith(name) else name
        near = near_variables(whole, variables)
        return _told(path, origin, near, variables)
    near, all_known = (
        [_shown((*path[:-1], name), is_variable=is_variable) for name in names]
        for names in ([nearest] if nearest else [], known)
    )
    return _told(path, origin, near, all_known)


def near_variables(name: str, variables: Sequence[str]) -> list[str]:
    """Return the variables that a name was probably meant to be: all that differ by what is left out.

    Examples:
        >>> near_variables("HEADWAY_PORT", ["HEADWAY_HOME", "HEADWAY_SERVER__PORT"])
        ['HEADWAY_SERVER__PORT']
    """
    by_words = {_words(variable): variable for variable in variables}
    given = _words(name)
    without_file = given.removesuffix(FILE_SUFFIX)
    for words in (given, without_file):
        found = [
            variable for known, variable in by_words.items() if f"_{known}".endswith(f"_{words}")
        ]
        if words and found:
            return found
    nearest = nearest_name(given, by_words) or nearest_name(without_file, by_words)
    return [by_words[nearest]] if nearest else []


def _words(variable: str) -> str:
    return variable.upper().removeprefix(PREFIX).replace("__", "_")


def _shown(path: tuple[str, ...], *, is_variable: bool) -> str:
    return variable_name(path) if is_variable else f"`{'.'.join(path)}`"


def _told(path: tuple[str, ...], origin: Origin, near: Sequence[str], known: Sequence[str]) -> str:
    meant = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(known)}"
    return f"{origin.describe(path)}: unknown setting; {meant}"
