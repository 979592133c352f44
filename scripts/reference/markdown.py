"""The Markdown that the pages are made of."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[2]
MADE_BY = "<!-- made by scripts/reference from the code (`make fix`); do not edit -->"
_WIDTH, _SHORT = 100, 40  # of a JSON value on one line: inside of a document, and alone
_MENTION = re.compile(r"`docs/([\w/-]+\.md)(#[\w-]+)?`")


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Return a table of Markdown."""
    cells = [tuple(" ".join(cell.replace("|", "\\|").split()) for cell in row) for row in rows]
    return [f"| {' | '.join(row)} |" for row in (header, ("---",) * len(header), *cells)]


def block(language: str, text: str) -> list[str]:
    """Return a block of code."""
    return [f"```{language}", *text.strip("\n").splitlines(), "```"]


def json_block(document: Any) -> list[str]:
    """Return a JSON document as people read it, with short lists and objects on one line."""
    return block("json", _json(document, ""))


def _json(value: Any, indent: str) -> str:
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(flat) + len(indent) <= (
        _WIDTH if indent else _SHORT
    ):
        return flat
    inner = indent + "  "
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {_json(part, inner)}" for key, part in value.items()]
    else:
        parts = [_json(part, inner) for part in value]
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    lines = ",\n".join(inner + part for part in parts)
    return f"{opening}\n{lines}\n{indent}{closing}"


def linked(text: str) -> str:
    """Return a text in which every mention of a page of the documentation is a link to it."""
    return _MENTION.sub(_link, text)


def _link(mention: re.Match[str]) -> str:
    page, anchor = mention.groups()
    path = page.removeprefix("reference/") if page.startswith("reference/") else f"../{page}"
    return f"[{_title(ROOT / 'docs' / page)}]({path}{anchor or ''})"


def _title(page: Path) -> str:
    heading = re.search(r"^# (.+)$", page.read_text(), re.MULTILINE)
    title = heading[1] if heading else page.stem
    return title if title.isupper() else title[0].lower() + title[1:]


def anchor(heading: str) -> str:
    """Return the anchor of a heading, as Git hosts make it."""
    return re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")
