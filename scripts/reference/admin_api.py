"""The page of the admin API, from its OpenAPI document."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from scripts.reference.markdown import table

from headway.controller.problems import ServingProblems
from headway.dashboard.api.app import make_app
from headway.dashboard.api.guard import MAX_BODY_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

INTRODUCTION = f"""\
# Admin API

A process beside the workers of `headway serve` answers it, at port 8002 of `127.0.0.1` (`server.admin_host` and
`server.admin_port` in the [settings](settings.md)). `headway status` and `headway keys --url` ask it;
`/api/v1/openapi.json` describes it for programs. See [give each client a key of its own](../how-to/manage-keys.md).

As long as there is no key, neither in the settings nor in the database, whoever is on the machine may ask. A key is sent as
`Authorization: Bearer KEY` or `X-API-Key: KEY`. There are no cookies; pages of other origins and other values of `Host`
than the machine's own and `server.trusted_hosts` are refused, bodies are JSON of at most {MAX_BODY_BYTES:,} bytes, and what
is wrong is answered as a problem document ([errors](errors.md)).

A plan is read, changed and sent back with a higher revision. The reply comes when every worker has loaded it: 200 with the
revision that is live, 422 with the reason where a worker could not, 409 where another plan came first; in
both of these what was live stays live. Keys in it are not looked at: they are what the database and the settings say.

## Paths
"""
_UNSHOWN = frozenset({"ProblemDocument", "HTTPValidationError", "ValidationError", "Scope"})


def admin_page() -> str:
    """Return the page."""
    administration: Any = SimpleNamespace(problems=ServingProblems())
    document = make_app(administration).openapi()
    return "\n".join([INTRODUCTION, *_paths(document), *_documents(document)]) + "\n"


def _paths(document: dict[str, Any]) -> Iterator[str]:
    yield from table(
        ("path", "method", "", ""),
        [
            (f"`{path}`", verb.upper(), f"{operation['summary']}.", operation["description"])
            for path, operations in document["paths"].items()
            for verb, operation in operations.items()
        ],
    )


def _documents(document: dict[str, Any]) -> Iterator[str]:
    yield from ("", "## Documents")
    for name, schema in document["components"]["schemas"].items():
        if name in _UNSHOWN:
            continue
        yield from ("", f"### {name}", "", schema["description"], "")
        yield from table(
            ("field", "type", ""),
            [
                (f"`{field}`", _type(part), part.get("description", ""))
                for field, part in schema["properties"].items()
            ],
        )


def _type(part: dict[str, Any]) -> str:
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        return "scope" if name in _UNSHOWN else f"[{name}](#{name.lower()})"
    if "anyOf" in part:
        return " or ".join(_type(one) for one in part["anyOf"])
    if "enum" in part:
        return ", ".join(f"`{value}`" for value in part["enum"])
    if part.get("type") == "array":
        return f"list of {_type(part['items'])}"
    return str(part.get("format") or part.get("type", "any"))
