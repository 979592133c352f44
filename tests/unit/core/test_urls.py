"""The password of a URL is masked, and nothing else of it."""

from __future__ import annotations

import pytest

from headway.core.urls import mask_document, mask_passwords


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql+psycopg://u:s3cret@h/x", "postgresql+psycopg://u:***@h/x"),
        ("http://:s3cret@h:5000", "http://:***@h:5000"),
        ("mysql://u:s3@cret@h:1/x?a=b@c", "mysql://u:***@h:1/x?a=b@c"),
        ("mysql://u:s3/cret@h/x", "mysql://u:***@h/x"),
        ("mssql://h/x?user=u&Password=s3cret&a=1", "mssql://h/x?user=u&Password=***&a=1"),
        ("from http://u:s3cret@a to http://u:s3cret@b", "from http://u:***@a to http://u:***@b"),
    ],
)
def test_a_password_is_masked(text: str, shown: str) -> None:
    assert mask_passwords(text) == shown
    assert mask_passwords(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "sqlite",
        "sqlite:////home/me/registry.db",
        "http://h:5000/path",
        "http://me@h/x",
        "http://[::1]:8000/a@b",
        "credit:7 and credit@champion",
        "",
    ],
)
def test_the_rest_stays(text: str) -> None:
    assert mask_passwords(text) == text


def test_a_document_is_masked_at_every_depth() -> None:
    document = {"uri": "http://u:s3cret@h", "list": ["http://u:s3cret@h", 1], "n": None, "t": True}
    masked = {"uri": "http://u:***@h", "list": ["http://u:***@h", 1], "n": None, "t": True}
    assert mask_document({"inner": document}) == {"inner": masked}
