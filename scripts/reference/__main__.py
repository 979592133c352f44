"""Write the pages of the reference, which follow from the code.

python -m scripts.reference            writes them
python -m scripts.reference --check    ends with 1 where a page is not what it would write
"""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.reference.admin_api import admin_page
from scripts.reference.cli import cli_page
from scripts.reference.errors import errors_page
from scripts.reference.example import example_server
from scripts.reference.http_api import http_page
from scripts.reference.lowering import lowering_page
from scripts.reference.markdown import MADE_BY
from scripts.reference.metrics import metrics_page
from scripts.reference.python_api import python_page
from scripts.reference.settings import schema_file, settings_page

from headway.config.schema import FILE_NAME

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def pages() -> dict[str, str]:
    """Return every page by its name."""
    with example_server() as server:
        return {
            "admin-api.md": admin_page(),
            "cli.md": cli_page(),
            "errors.md": errors_page(server),
            "http-api.md": http_page(server),
            "lowered-steps.md": lowering_page(),
            "metrics.md": metrics_page(server),
            "python-api.md": python_page(),
            "settings.md": settings_page(),
            FILE_NAME: schema_file(),
        }


def main(arguments: list[str]) -> int:
    """Write the pages, or check them."""
    is_check = "--check" in arguments
    stale = []
    for name, text in pages().items():
        file = REFERENCE / name
        page = f"{MADE_BY}\n{text}" if file.suffix == ".md" else text
        if file.is_file() and file.read_text() == page:
            continue
        stale.append(name)
        if not is_check:
            file.write_text(page)
    for name in stale:
        print(
            f"{name}: {'not what the code says; `make fix` writes it' if is_check else 'written'}"
        )
    return 1 if stale and is_check else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
