"""The documentation names what there is, and its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(ROOT).as_posix() for path in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]
)
LINK = re.compile(r"\]\((?!https?://)([^)#\s]*)(?:#([^)\s]*))?\)")


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as Git hosts make them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text).strip().lower().replace(" ", "-") for text in headings}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for target, anchor in LINK.findall((ROOT / page).read_text()):
        file = (ROOT / page).parent / target if target else ROOT / page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), f"{target}#{anchor}"


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("docs/")])
def test_a_page_can_be_found_from_the_first_one(page: str) -> None:
    found = {"docs/index.md"}
    while True:
        linked = {
            ((ROOT / known).parent / target).resolve().relative_to(ROOT).as_posix()
            for known in found
            if known.endswith(".md")
            for target, _ in LINK.findall((ROOT / known).read_text())
            if target
        }
        if linked <= found:
            break
        found |= linked
    assert page in found or str(Path(page).parent) in found


def test_generated_pages_are_what_the_code_says() -> None:
    result = subprocess.run(
        [sys.executable, "scripts/reference.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_function_of_the_package_is_documented() -> None:
    import headway  # noqa: PLC0415 - so that this module is collected without the package

    page = (ROOT / "docs/reference/python-api.md").read_text()
    shown = set(headway.__all__) - {"__version__", "Predictor", "Release", "Server"}
    assert not [name for name in sorted(shown) if f"`{name}" not in page]


def test_every_path_of_the_server_is_documented() -> None:
    page = (ROOT / "docs/reference/http-api.md").read_text()
    source = (ROOT / "src/headway/serving/pages.py").read_text()
    paths = set(re.findall(r'"(/[\w.]*)":', source)) - {"/"}
    assert {"/healthz", "/models"} <= paths
    assert not [path for path in sorted(paths) if f"`GET {path}`" not in page]
