"""The page of the errors: the tree, what only HTTP or only the command line says, and the exit codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.reference.docstrings import docstring_of
from scripts.reference.markdown import anchor, block, json_block, linked, table

from headway.cli.console import EXIT_CODES, MEANINGS, OWN_CODES
from headway.contract.findings import RULES
from headway.errors import HeadwayError, InvalidInputError
from headway.serving import problems
from headway.serving.patience import ClientDisconnectedError
from headway.serving.predict import CODE_CLIENT_LEFT, STATUS_CLIENT_LEFT
from headway.serving.problems import STATUSES, problem_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scripts.reference.example import ExampleServer

INTRODUCTION = """\
# Errors

Everything that Headway raises on purpose is a `headway.errors.HeadwayError` with a stable `code`, a message that says
what and where, and mostly a hint. A server answers it as a problem document (RFC 9457) whose `type` is
`urn:headway:error:CODE`; the command line prints it on stderr and ends with an [exit code](#exit-codes). A status of 500
or above hides the message from clients, but for the model's own failures, overload and the time limit; the server's log
has it under the request id.
"""
ONLY_HTTP: tuple[tuple[Callable[..., problems.ProblemError], problems.ProblemError], ...] = (
    (problems.no_such_route, problems.no_such_route("/predikt", "did you mean `/predict`?")),
    (problems.wrong_host, problems.wrong_host()),
    (problems.method_not_allowed, problems.method_not_allowed("GET", ("POST",))),
    (problems.not_ready, problems.not_ready("loading")),
    (problems.stopping, problems.stopping()),
)


def errors_page(server: ExampleServer) -> str:
    """Return the page of the errors.

    Args:
        server: Asked for an example of a problem document.
    """
    lines = [INTRODUCTION]
    lines += table(("Code", "Class", "Status", "Exit code"), _rows())
    lines += [
        "",
        "Some things have a code and no class: a server answers them, or the command line prints them.",
        "",
    ]
    lines += table(("Code", "Status", "Exit code"), _rows_without_a_class())
    lines += ["", "## Exit codes", "", "A command of `headway` ends with one of these:", ""]
    lines += table(("Exit code", "Meaning"), [(str(code), text) for code, text in MEANINGS.items()])
    for kind in in_order():
        lines += ["", *_section(kind)]
        if kind is InvalidInputError:
            lines += ["", *_rules(), "", *_example(server)]
    for make, error in ONLY_HTTP:
        text = docstring_of(make)
        code, status = error.problem.code, error.problem.status
        lines += [
            "",
            f"## `{code}`",
            "",
            f"Status {status}. {error.problem.title}: {error.problem.detail}.",
            "",
        ]
        lines += [*text.paragraphs, "", *([f"**What to do.** {text.to_do}"] if text.to_do else [])]
    lines += ["", f"## `{CODE_CLIENT_LEFT}`", "", docstring_of(ClientDisconnectedError).summary]
    lines += [f"It is counted and logged with the status {STATUS_CLIENT_LEFT}; nobody is answered."]
    for code, (exit_code, text_) in OWN_CODES.items():
        lines += ["", f"## `{code}`", "", f"Exit code {exit_code}. {text_}"]
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def in_order() -> list[type[HeadwayError]]:
    """Return every error, in the order of the table of statuses."""
    return sorted(tree(HeadwayError), key=list(STATUSES).index)


def tree(root: type[HeadwayError]) -> Iterator[type[HeadwayError]]:
    """Yield a class and all below it that Headway defines."""
    if root.__module__.startswith("headway."):
        yield root
    for child in root.__subclasses__():
        yield from tree(child)


def link_to(kind: type[HeadwayError]) -> str:
    """Return the place of a class on this page, for a link from another page."""
    return f"errors.md#{anchor(kind.code)}"


def _rows() -> Iterator[tuple[str, ...]]:
    for kind in in_order():
        link = f"[`{kind.code}`](#{anchor(kind.code)})"
        yield link, f"`{kind.__name__}`", str(STATUSES[kind][0]), str(EXIT_CODES[kind])


def _rows_without_a_class() -> Iterator[tuple[str, ...]]:
    for _, error in ONLY_HTTP:
        problem = error.problem
        yield f"[`{problem.code}`](#{anchor(problem.code)})", str(problem.status), ""
    yield f"[`{CODE_CLIENT_LEFT}`](#{anchor(CODE_CLIENT_LEFT)})", str(STATUS_CLIENT_LEFT), ""
    unexpected = problem_of(RuntimeError())
    for code, (exit_code, _) in OWN_CODES.items():
        status = str(unexpected.status) if code == unexpected.code else ""
        yield f"[`{code}`](#{anchor(code)})", status, str(exit_code)


def _section(kind: type[HeadwayError]) -> list[str]:
    text = docstring_of(kind)
    facts = f"`{kind.__name__}`, status {STATUSES[kind][0]}, exit code {EXIT_CODES[kind]}."
    parent = kind.__mro__[1]
    if issubclass(parent, HeadwayError) and parent is not HeadwayError:
        facts += f" It is a [`{parent.__name__}`](#{anchor(parent.code)})."
    lines = [f"## `{kind.code}`", "", facts, "", text.summary]
    for paragraph in text.paragraphs:
        lines += ["", linked(paragraph)]
    lines += ["", f"**What to do.** {linked(text.to_do)}"]
    carried = text.entries("Attributes")
    if carried:
        lines += [
            "",
            "Attributes in Python:",
            "",
            *(f"- `{name}`: {words}" for name, words in carried),
        ]
    if "Examples" in text.sections:
        lines += ["", *block("pycon", text.sections["Examples"])]
    return lines


def _rules() -> list[str]:
    rows = [(f"`{rule}`", words) for rule, words in RULES.items()]
    return ["A rule is one of these words:", "", *table(("Rule", "The value"), rows)]


def _example(server: ExampleServer) -> list[str]:
    answer = server.ask("/models/NAME/predict", {"age": 17, "amount": "much", "purpose": "car"})
    return ["A server answers it so:", "", *json_block(answer.json())]
