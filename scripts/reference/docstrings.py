"""Reads docstrings in Google's style."""

from __future__ import annotations

import inspect
import re
from typing import Any, NamedTuple

_SECTION = re.compile(r"(Args|Attributes|Returns|Raises|Examples):")
_ENTRY = re.compile(r"(\w+): (.*)")
_TO_DO = "What to do: "


class Docstring(NamedTuple):
    """What a docstring says.

    Attributes:
        summary: Its first paragraph.
        paragraphs: The others before its sections, with their own line breaks.
        to_do: The paragraph that begins with `What to do:`, without these words.
        sections: By their name, as text.
    """

    summary: str
    paragraphs: tuple[str, ...]
    to_do: str
    sections: dict[str, str]

    def entries(self, section: str) -> list[tuple[str, str]]:
        """Return a section as names and what is said of each; a line without a name has an empty one."""
        entries: list[tuple[str, str]] = []
        for line in self.sections.get(section, "").splitlines():
            if line.startswith(" ") and entries:
                name, text = entries.pop()
                entries.append((name, f"{text} {line.strip()}"))
            else:
                match = _ENTRY.fullmatch(line)
                entries.append((match[1], match[2]) if match else ("", line))
        return entries


def docstring_of(thing: Any) -> Docstring:
    """Return the docstring of a module, a class or a function, in its parts."""
    return parse(inspect.getdoc(thing) or "")


def parse(text: str) -> Docstring:
    r"""Return a docstring in its parts.

    Examples:
        >>> parse("Do it.\n\nSlowly.\n\nArgs:\n    what: It,\n        all.").entries("Args")
        [('what', 'It, all.')]
    """
    plain: list[str] = []
    sections: dict[str, list[str]] = {}
    lines = plain
    for line in text.splitlines():
        heading = _SECTION.fullmatch(line)
        if heading:
            lines = sections.setdefault(heading[1], [])
        elif lines is not plain and line and not line.startswith(" "):
            lines = plain
            plain.append(line)
        else:
            lines.append(line)
    summary, *others = [part for part in re.split(r"\n\n+", "\n".join(plain).strip()) if part] or [
        ""
    ]
    to_do = [part.removeprefix(_TO_DO) for part in others if part.startswith(_TO_DO)]
    return Docstring(
        " ".join(summary.split()),
        tuple(part for part in others if not part.startswith(_TO_DO)),
        "".join(to_do),
        {name: inspect.cleandoc("\n" + "\n".join(part)) for name, part in sections.items()},
    )
