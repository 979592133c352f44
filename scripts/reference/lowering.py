"""The page of what has a lowered form: the tables of the lowerings, library by library."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

from scripts.reference.markdown import table

from headway.optimize.lowering.registry import LIBRARIES, steps_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

INTRODUCTION = """\
# What has a lowered form

A model is lowered step by step, by exact type. A parameter or fitted state that a lowering does not know makes its step
native, with the reason; a pipeline's other steps are still lowered where they follow it
([the parity gate](../explanation/parity-gate.md) tells how the result is proved). `headway optimize NAME --explain` shows it
for one release.
"""


def lowering_page() -> str:
    """Return the page of all steps that have a lowered form."""
    lines = [INTRODUCTION]
    for library in LIBRARIES:
        importlib.import_module(library)
        steps = steps_of(library)
        for what, known in (("transformers", steps.transformers), ("estimators", steps.estimators)):
            if known:
                lines += [f"## {library}: {what}", "", *table(("Class", "How"), _rows(known)), ""]
    return "\n".join(lines)


def _rows(known: Mapping[type, Callable[..., object]]) -> Iterator[tuple[str, str]]:
    for kind in sorted(known, key=lambda kind: kind.__name__):
        lower = known[kind]
        first = (lower.__doc__ or "").strip().splitlines()[0]
        place = sys.modules[lower.__module__].__name__.removeprefix("headway.")
        yield f"`{kind.__name__}`", f"{first} (`{place}`)"
