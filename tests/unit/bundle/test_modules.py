from __future__ import annotations

import pytest

from headway.bundle.modules import module_names


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        ([], ()),
        (["features.py"], ("features",)),
        (["b.py", "a/__init__.py", "a/deep/down.py"], ("a", "b")),
        (["without_init/part.py"], ("without_init",)),
        (["words.txt", "data/words.csv"], ()),
        (["__main__.py"], ()),
        (["my-steps.py", "1st.py", "a b/c.py"], ()),
    ],
)
def test_what_can_be_imported_at_the_top_is_named(paths: list[str], names: tuple[str, ...]) -> None:
    assert module_names(paths) == names
