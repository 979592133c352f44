"""The language of row rules: from a text to a function of one row and a function of columns.

    amount <= 10 * income and `my col` in ("a", "b") or not vip

Comparisons, also chained ones, `and`, `or`, `not`, `in` and `not in` a list of constants, `+ - * / //
% **`, the functions `abs`, `min`, `max` and `len`, and names of features, in backticks where they are
no identifiers. Numbers are float64, decimals among them. Dates and times are compared with their kind,
or with text as a request spells them.

Invariant: nothing of a text is ever executed: it is parsed, every part of it is one of those above and
has a type that fits, and what is left is a bounded number of steps.
"""

from __future__ import annotations

import ast
import operator
import re
import sys
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from headway.contract import truth
from headway.contract.model import Feature
from headway.contract.operands import (
    TEMPORAL,
    Part,
    applied,
    constant,
    feature_values,
    joined,
    negated,
)
from headway.contract.scalars import WRONG_TYPE
from headway.contract.temporal import counted, temporal_reader
from headway.contract.text import is_valid_unicode, listed, quoted
from headway.core.dtypes import DType
from headway.core.names import nearest_name
from headway.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headway.contract.model import Contract
    from headway.contract.operands import Kind

MAX_CHARS = 1_000
MAX_PARTS = 200
MAX_DEPTH = 30

_KINDS: dict[DType, Kind] = {
    DType.FLOAT: "number",
    DType.INTEGER: "number",
    DType.STRING: "string",
    DType.BOOLEAN: "boolean",
    DType.DECIMAL: "number",
    DType.DATE: "date",
    DType.TIME: "time",
    DType.DATETIME: "date-time",
}
_ZONED: dict[Kind, Kind] = {"time": "time with offset", "date-time": "date-time with offset"}
_DTYPES: dict[Kind, tuple[DType, bool]] = {
    "date": (DType.DATE, False),
    "time": (DType.TIME, False),
    "time with offset": (DType.TIME, True),
    "date-time": (DType.DATETIME, False),
    "date-time with offset": (DType.DATETIME, True),
}
_ARITHMETIC = {
    ast.Add: truth.ADD,
    ast.Sub: truth.SUBTRACT,
    ast.Mult: truth.MULTIPLY,
    ast.Div: truth.DIVIDE,
    ast.FloorDiv: truth.FLOOR_DIVIDE,
    ast.Mod: truth.REMAINDER,
    ast.Pow: truth.POWER,
}
_FUNCTIONS: dict[str, tuple[truth.Operation, Kind, int, int]] = {
    "abs": (truth.ABSOLUTE, "number", 1, 1),
    "min": (truth.LEAST, "number", 2, MAX_PARTS),
    "max": (truth.GREATEST, "number", 2, MAX_PARTS),
    "len": (truth.LENGTH, "string", 1, 1),
}
_EQUALITY: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_ORDER: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_QUOTED = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`([^`]*)`|(\s+)""", re.DOTALL)
_LANGUAGE = (
    "comparisons, `and`, `or`, `not`, `in` a list, `+ - * / // % **`, `abs`, `min`, `max`, `len`, "
    "and names of features, in backticks where they are no identifiers"
)


class Expression(NamedTuple):
    """A text that was read.

    Attributes:
        positions: Features that it names, by position in the contract, in the order of the text.
        of_row: Gives the truth for one row, a sequence of values in the contract's order.
        of_columns: Gives the truth of every row, shape (n_rows,), for columns in the contract's order.
    """

    positions: tuple[int, ...]
    of_row: Callable[[Sequence[Any]], int]
    of_columns: Callable[[Sequence[Any]], Any]


def read_expression(contract: Contract, text: str) -> Expression:
    """Read the text of a rule against a contract.

    Raises:
        ContractError: It is too long, is not of the language, names no feature of the contract, or
            compares what cannot be compared. Says which part.
    """
    if len(text) > MAX_CHARS:
        raise ContractError(
            f"the expression has {len(text)} characters; at most {MAX_CHARS} are allowed"
        )
    reader = _Reader(contract)
    tree = reader.parse(text)
    _check_size(tree)
    part = reader.truth(tree)
    if not reader.positions:
        raise ContractError("the expression names no feature")
    return Expression(tuple(reader.positions), part.of_row, part.of_columns)


def _check_size(tree: ast.expr) -> None:
    level: list[ast.AST] = [tree]
    n_parts = depth = 0
    while level:
        n_parts += sum(isinstance(node, ast.expr) for node in level)
        depth += any(isinstance(node, ast.expr) for node in level)
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    if n_parts > MAX_PARTS or depth > MAX_DEPTH:
        raise ContractError(
            f"the expression has {n_parts} parts in {depth} levels; at most {MAX_PARTS} in "
            f"{MAX_DEPTH} are allowed",
            hint="make several rules of it",
        )


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


class _Reader:
    """Reads one expression.

    Args:
        contract: Knows the features.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._quoted_names: dict[str, str] = {}
        self._text = ""
        self.positions: dict[int, None] = {}

    def parse(self, text: str) -> ast.expr:
        prefix = "name_"
        while prefix in text:
            prefix += "_"

        def replace(match: re.Match[str]) -> str:
            if match[1] is None:
                return " " if match[2] else match[0]
            name = f"{prefix}{len(self._quoted_names)}"
            self._quoted_names[name] = match[1]
            return name

        self._text = _QUOTED.sub(replace, text).strip()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Python's advice on what is refused below
                return ast.parse(self._text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            reason = error.msg if isinstance(error, SyntaxError) else "it cannot be read"
            raise ContractError(
                f"the expression is none: {reason}", hint=f"there are {_LANGUAGE}"
            ) from error

    def truth(self, node: ast.expr) -> Part:
        part = self._part(node)
        if part.kind != "boolean":
            self._refuse(node, f"is a {part.kind}, where something true or false is needed")
        return part

    def _part(self, node: ast.expr) -> Part:
        read: dict[type[ast.expr], Callable[[Any], Part]] = {
            ast.BoolOp: self._junction,
            ast.UnaryOp: self._unary,
            ast.BinOp: self._arithmetic,
            ast.Compare: self._comparisons,
            ast.Call: self._call,
            ast.Constant: self._constant,
            ast.Name: self._feature,
        }
        return read.get(type(node), self._unknown)(node)

    def _unknown(self, node: ast.expr) -> NoReturn:
        self._refuse(node, "is not of the language of rules")

    def _arithmetic(self, node: ast.BinOp) -> Part:
        operation = _ARITHMETIC.get(type(node.op))
        if operation is None:
            self._unknown(node)
        return applied("number", operation, self._numbers([node.left, node.right]))

    def _refuse(self, node: ast.expr, fault: str, hint: str | None = None) -> NoReturn:
        source = ast.get_source_segment(self._text, node) or ast.unparse(node)
        for name, meant in self._quoted_names.items():
            source = re.sub(rf"\b{name}\b", lambda _, meant=meant: f"`{meant}`", source)  # type: ignore[misc]
        raise ContractError(f"{quoted(source)} {fault}", hint=hint or f"there are {_LANGUAGE}")

    def _junction(self, node: ast.BoolOp) -> Part:
        table = truth.AND if isinstance(node.op, ast.And) else truth.OR
        return joined(table, [self.truth(value) for value in node.values])

    def _unary(self, node: ast.UnaryOp) -> Part:
        if isinstance(node.op, ast.Not):
            return negated(self.truth(node.operand))
        if isinstance(node.op, ast.USub):
            return applied("number", truth.NEGATE, self._numbers([node.operand]))
        if not isinstance(node.op, ast.UAdd):
            self._unknown(node)
        return self._numbers([node.operand])[0]

    def _numbers(self, nodes: Sequence[ast.expr]) -> list[Part]:
        return self._all_of("number", nodes)

    def _all_of(self, kind: Kind, nodes: Sequence[ast.expr]) -> list[Part]:
        parts = [self._part(node) for node in nodes]
        for node, part in zip(nodes, parts, strict=True):
            if part.kind != kind:
                self._refuse(node, f"is a {part.kind}, where a {kind} is needed")
        return parts

    def _comparisons(self, node: ast.Compare) -> Part:
        nodes = [node.left, *node.comparators]
        pairs = [
            self._comparison(left, sign, right)
            for left, sign, right in zip(nodes[:-1], node.ops, nodes[1:], strict=True)
        ]
        return pairs[0] if len(pairs) == 1 else joined(truth.AND, pairs)

    def _comparison(self, left: ast.expr, sign: ast.cmpop, right: ast.expr) -> Part:
        if isinstance(sign, ast.In | ast.NotIn):
            return self._membership(left, right, is_in=isinstance(sign, ast.In))
        first, second = self._compared(left, right)
        if first.kind != second.kind:
            self._refuse(
                right, f"is a {second.kind}, and it is compared with a {first.kind}",
                "compare numbers with numbers, strings with strings, a date or time with one or with its text",
            )  # fmt: skip
        if type(sign) in _EQUALITY and first.kind == "boolean":
            equality = truth.equality_of_truths(is_equal=isinstance(sign, ast.Eq))
            return applied("boolean", equality, [first, second])
        is_ordered = first.kind == "number" or first.kind in TEMPORAL
        signs = _EQUALITY | _ORDER if is_ordered else _EQUALITY
        compare = signs.get(type(sign))
        if compare is None:
            self._refuse(left, f"is a {first.kind}, and those are compared by `==` and `!=` only")
        return applied("boolean", truth.comparison(compare), [first, second])

    def _compared(self, *nodes: ast.expr) -> list[Part]:
        """Return two parts; text beside a date or a time is one."""
        parts = [self._part(node) for node in nodes]
        kind = next((part.kind for part in parts if part.kind in TEMPORAL), None)
        if kind is None:
            return parts
        return [
            constant(kind, self._moment(node, kind)) if _is_text(node) else part
            for node, part in zip(nodes, parts, strict=True)
        ]

    def _moment(self, node: ast.expr, kind: Kind) -> Any:
        dtype, is_zoned = _DTYPES[kind]
        feature = Feature("", dtype, nullable=False, storage="", is_zoned=is_zoned)
        value = temporal_reader(feature)(ast.literal_eval(node))
        if value is WRONG_TYPE:
            self._refuse(node, f"is no {kind}")
        return value

    def _membership(self, left: ast.expr, right: ast.expr, *, is_in: bool) -> Part:
        if not isinstance(right, ast.List | ast.Tuple | ast.Set) or not right.elts:
            self._refuse(right, "is no list of constants")
        part = self._part(left)
        if part.kind == "boolean":
            self._refuse(left, "is a boolean, and those are compared by `==` and `!=` only")
        values: list[tuple[Kind, Any]] = [
            (part.kind, counted(self._moment(node, part.kind)))
            if part.kind in TEMPORAL and _is_text(node)
            else self._value(node)
            for node in right.elts
        ]
        for node, (kind, _) in zip(right.elts, values, strict=True):
            if kind != part.kind:
                self._refuse(node, f"is a {kind}, and it is compared with a {part.kind}")
        found = applied(
            "boolean", truth.membership(frozenset(value for _, value in values)), [part]
        )
        return found if is_in else negated(found)

    def _call(self, node: ast.Call) -> Part:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in _FUNCTIONS or node.keywords:
            self._refuse(node, "calls what is none of " + listed(list(_FUNCTIONS)))
        operation, kind, least, most = _FUNCTIONS[name]
        if not least <= len(node.args) <= most:
            self._refuse(node, f"has {len(node.args)} arguments")
        return applied("number", operation, self._all_of(kind, node.args))

    def _constant(self, node: ast.expr) -> Part:
        return constant(*self._value(node))

    def _value(self, node: ast.expr) -> tuple[Kind, Any]:
        sign = 1
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            sign, node = -1, node.operand
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, bool) and sign == 1:
            return "boolean", value
        if isinstance(value, int | float) and not isinstance(value, bool):
            if not abs(value) <= sys.float_info.max:
                self._refuse(node, "is not a finite number")
            return "number", sign * float(value)
        if isinstance(value, str) and sign == 1 and is_valid_unicode(value):
            return "string", value
        return self._refuse(node, "is no number, string or boolean")

    def _feature(self, node: ast.Name) -> Part:
        if ast.get_source_segment(self._text, node) != node.id:
            # Python reads identifiers as NFKC, so that `µ` would name another feature
            self._refuse(node, f"is read as {quoted(node.id)}", "put it in backticks")
        name = self._quoted_names.get(node.id, node.id)
        names = self._contract.names
        if name not in names:
            nearest = nearest_name(name, names)
            hint = f"did you mean `{nearest}`?" if nearest else f"features: {listed(names)}"
            raise ContractError(f"the model has no feature {quoted(name)}", hint=hint)
        position = names.index(name)
        feature = self._contract.features[position]
        kind = _KINDS.get(feature.dtype)
        if kind is None:
            self._refuse(node, f"is a {feature.dtype}, which no rule can be about")
        if feature.is_zoned:
            kind = _ZONED[kind]
        self.positions[position] = None
        return feature_values(kind, position)
