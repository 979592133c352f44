"""The page of the Python API, from signatures and docstrings."""

from __future__ import annotations

import ast
import importlib
import inspect
import pydoc
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from scripts.reference.docstrings import Docstring, docstring_of
from scripts.reference.errors import link_to
from scripts.reference.markdown import anchor, block, linked, table

import headway
import headway.api
import headway.client
import headway.testing
from headway import errors
from headway.errors import HeadwayError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INTRODUCTION = """\
# Python

`import headway` is cheap: each name below is imported when it is first used. Every function takes `settings=`; without
it, the [settings](settings.md) of the process count. `headway.__version__` is the version.
"""


class Group(NamedTuple):
    """Names that belong together.

    Attributes:
        heading: Above them.
        names: In this order.
        home: Part of the package; what else is public and defined there follows the names.
        about: Module whose docstring explains them all.
    """

    heading: str
    names: tuple[str, ...]
    home: str
    about: Any = None


GROUPS = (
    Group("Make a release", ("register", "adopt", "Release"), "headway.releases."),
    Group("Declare constraints", ("Range", "OneOf", "NotNull"), "headway.contract."),
    Group("Serve and predict", ("serve", "Server", "app", "load", "Predictor"), "headway.serving."),
    Group(
        "Ask a server", ("Client", "AsyncClient", "client.Reply"), "headway.client.", headway.client
    ),
    Group(
        "Look after what is registered, after `import headway.api`",
        tuple(f"api.{name}" for name in headway.api.__all__ if name not in headway.__all__),
        "headway.api.",
        headway.api,
    ),
    Group(
        "Hold a form of one's own to a model, after `import headway.testing`",
        ("testing.assert_parity",),
        "headway.testing.",
        headway.testing,
    ),
    Group("Errors", ("HeadwayError",), "headway.errors."),
    Group("More", (), "headway."),
)
# Users make these themselves, and all constraints; the others are given to them.
MADE_BY_USERS = {"Client", "AsyncClient"}
ELSEWHERE = re.compile(r"`(headway\.[\w.]+)`")
WIDTH = 88


def python_page() -> str:
    """Return the page of the Python API."""
    lines = [INTRODUCTION]
    shown: list[str] = []
    body: list[str] = []
    for group in GROUPS:
        names = _names(group, shown)
        shown += names
        body += [f"## {group.heading}", ""] if names else []
        if group.about is not None:
            paragraphs = docstring_of(group.about).paragraphs[1:]
            body += [linked(p) + "\n" for p in paragraphs if not p.startswith("Invariant")]
        for name in names:
            body += [*_entry(name, _find(name)), ""]
    lines += [*table(("Name", "Is for"), map(_overview, shown)), "", *body]
    types = table(("Type", "Is"), _named_types(shown))
    lines += [
        "## Types",
        "",
        "Those that are named above and are not attributes of `headway`:",
        "",
        *types,
    ]
    return "\n".join(lines).replace("\n\n\n", "\n\n").rstrip() + "\n"


def _names(group: Group, shown: list[str]) -> list[str]:
    """Return what stands in a group: its names, and what is public and in no group so far."""
    taken = {*shown, *(name for one in GROUPS for name in one.names), "__version__"}
    # what is an attribute of the package is called so
    own = [
        name for name in group.names if name.rpartition(".")[2] not in {*headway.__all__} - {name}
    ]
    rest = [one for one in headway.__all__ if one not in taken]
    return own + [one for one in rest if _find(one).__module__.startswith(group.home)]


def _overview(name: str) -> tuple[str, str]:
    return f"[`{name}`](#{anchor(f'headway.{name}')})", docstring_of(_find(name)).summary


def _named_types(names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each type of ours that the page names and does not explain, with what it is."""
    shown = {name.rpartition(".")[2] for name in names}
    found: dict[str, str] = {}
    for annotated in (one for name in names for one in _annotated(name)):
        homes = _imports(annotated.__module__)
        types = re.findall(r"\b[A-Z]\w+", " ".join(map(str, annotated.__annotations__.values())))
        found |= {one: homes[one] for one in types if one in homes and one not in shown}
    for name, home in sorted(found.items()):
        thing = pydoc.locate(f"{home}.{name}")
        if inspect.isclass(thing) and thing.__name__ == name:
            yield f"`{home}.{name}`", docstring_of(thing).summary
        elif thing is not Any:
            value = re.sub(r"\b[a-z]\w*\.(?=\w)", "", str(thing).replace("'", '"'))
            yield f"`{home}.{name}`", f"`{value}`"


def _annotated(name: str) -> list[Any]:
    """Return whatever has the annotations that the page shows of a name."""
    thing = _find(name)
    if not inspect.isclass(thing):
        return [thing]
    makers = (
        [thing.__init__] if _is_made_by_users(thing) and inspect.isfunction(thing.__init__) else []
    )
    methods = [method for _, method in _members(thing, inspect.isfunction)]
    return [thing, *makers, *methods] if "__annotations__" in vars(thing) else [*makers, *methods]


def _imports(module: str) -> dict[str, str]:
    """Return what a module imports from ours, also for its types only, and where it is from."""
    tree = ast.parse(inspect.getsource(importlib.import_module(module)))
    return {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("headway.")
        for alias in node.names
    }


def _find(name: str) -> Any:
    thing: Any = headway
    for part in name.split("."):
        thing = getattr(thing, part)
    return thing


def _entry(name: str, thing: Any) -> list[str]:
    shown = f"headway.{name}"
    if not inspect.isclass(thing):
        return [f"### `{shown}`", "", *_described(shown, thing)]
    text = docstring_of(thing)
    lines = [f"### `{shown}`", ""]
    is_made = _is_made_by_users(thing)
    if is_made:
        lines += [*block("py", _signature(shown, thing)), ""]
    lines += [*_words(text), *_listed("Argument", text, "Args" if is_made else "")]
    lines += [*_attributes(thing, text), *_raises(text), *_examples(text)]
    if hasattr(thing, "__aenter__"):
        lines += ["It is closed by `async with`, or by `aclose()`.", ""]
    elif hasattr(thing, "__enter__"):
        lines += ["It is closed by `with`, or by `close()`.", ""]
    if issubclass(thing, HeadwayError):
        lines += [text.to_do, ""]
        lines += [
            f"Every kind, with its code and what to do, is in [errors.md]({link_to(thing)}).",
            "",
        ]
    for method_name, method in _members(thing, inspect.isfunction):
        lines += [f"#### `{thing.__name__}.{method_name}`", "", *_described(method_name, method)]
    return lines


def _is_made_by_users(kind: type) -> bool:
    return kind.__name__ in MADE_BY_USERS or kind.__module__.startswith("headway.contract.")


def _described(shown: str, function: Any) -> list[str]:
    text = docstring_of(function)
    lines = [*block("py", _signature(shown, function)), "", *_words(text)]
    lines += _listed("Argument", text, "Args")
    if "Returns" in text.sections:
        lines += [f"Returns: {' '.join(text.sections['Returns'].split())}", ""]
    return [*lines, *_raises(text), *_examples(text)]


def _signature(shown: str, function: Any) -> str:
    signature = inspect.signature(function)
    parameters = [_parameter(p) for p in signature.parameters.values() if p.name != "self"]
    kinds = [p.kind for p in signature.parameters.values() if p.name != "self"]
    if inspect.Parameter.KEYWORD_ONLY in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds:
        parameters.insert(kinds.index(inspect.Parameter.KEYWORD_ONLY), "*")
    returned = signature.return_annotation
    arrow = (
        ""
        if returned is inspect.Signature.empty or inspect.isclass(function)
        else f" -> {returned}"
    )
    prefix = "async " if inspect.iscoroutinefunction(function) else ""
    line = f"{prefix}{shown}({', '.join(parameters)}){arrow}"
    if len(line) <= WIDTH:
        return line
    inner = "".join(f"    {parameter},\n" for parameter in parameters)
    return f"{prefix}{shown}(\n{inner}){arrow}"


def _parameter(parameter: inspect.Parameter) -> str:
    star = "*" if parameter.kind is inspect.Parameter.VAR_POSITIONAL else ""
    typed = parameter.annotation is not inspect.Parameter.empty
    shown = f"{star}{parameter.name}" + (f": {parameter.annotation}" if typed else "")
    if parameter.default is inspect.Parameter.empty:
        return shown
    default = repr(parameter.default)
    if callable(parameter.default):
        default = "..."
    elif isinstance(parameter.default, str):
        default = f'"{parameter.default}"'
    return f"{shown} = {default}" if typed else f"{shown}={default}"


def _words(text: Docstring) -> list[str]:
    return [line for part in (text.summary, *text.paragraphs) for line in (linked(part), "")]


def _listed(header: str, text: Docstring, section: str) -> list[str]:
    entries = text.entries(section)
    rows = [(f"`{name}`", words) for name, words in entries]
    return [*table((header, "Meaning"), rows), ""] if rows else []


def _attributes(kind: type, text: Docstring) -> list[str]:
    types = {name: annotation for one in reversed(kind.__mro__) for name, annotation in
             inspect.get_annotations(one).items()}  # fmt: skip
    found = dict(text.entries("Attributes"))
    rows = [(f"`{name}`", _type(types.get(name)), words) for name, words in found.items()]
    for name, member in _members(kind, lambda one: isinstance(one, property)):
        returned = inspect.signature(member.fget).return_annotation
        rows.append((f"`{name}`", _type(returned), docstring_of(member).summary))
    if not any(words for _, words, _ in rows):
        return (
            [*table(("Attribute", "Meaning"), [(name, words) for name, _, words in rows]), ""]
            if rows
            else []
        )
    return [*table(("Attribute", "Type", "Meaning"), rows), ""]


def _type(annotation: Any) -> str:
    return f"`{annotation}`" if isinstance(annotation, str) else ""


def _members(kind: type, is_one: Callable[[Any], bool]) -> Iterator[tuple[str, Any]]:
    """Yield the public members of a class, in the order in which they are defined."""
    own = [one for one in reversed(kind.__mro__) if one.__module__.startswith("headway.")]
    names = dict.fromkeys(name for one in own for name in vars(one) if not name.startswith("_"))
    for name in names:
        member = inspect.getattr_static(kind, name)
        if is_one(member):
            yield name, member


def _raises(text: Docstring) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for name, words in _expanded(text):
        reasons.setdefault(name, []).append(words)
    rows = [
        (_error(name), " ".join(dict.fromkeys(words))) for name, words in reasons.items() if name
    ]
    return [*table(("Raises", "When"), rows), ""] if rows else []


def _expanded(text: Docstring) -> Iterator[tuple[str, str]]:
    """Yield what is raised, and in place of a mention of another function what that one raises."""
    for name, words in text.entries("Raises"):
        elsewhere = ELSEWHERE.findall(words)
        if not elsewhere:
            yield name, words
        for path in elsewhere:
            function = pydoc.locate(path)
            if function is None:
                raise LookupError(f"a docstring names `{path}`, which is not there")
            yield from _expanded(docstring_of(function))


def _error(name: str) -> str:
    kind = getattr(errors, name, None)
    return f"[`{name}`]({link_to(kind)})" if kind else f"`{name}`"


def _examples(text: Docstring) -> list[str]:
    example = text.sections.get("Examples", "")
    return [*block("pycon", example), ""] if example.startswith(">>>") else []
