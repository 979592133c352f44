"""The contract of a release: its features, their constraints, and its output.

Invariant: learned bounds (`Observed`) only ever observe; only types, nullability, declared
`Constraints`, row rules and a validator of the user's refuse a row.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from headway.contract.post import Step
from headway.core.dtypes import DType, Method, Task

# A value as JSON holds it; decimals, dates and times are their text
Scalar = bool | int | float | str
# A value of any type as JSON holds it; a tensor is nested lists
JsonValue = Scalar | list[Any]
Policy = Literal["refuse", "warn", "clip"]
FrameLibrary = Literal["pandas", "polars", "pyarrow"]

CONTRACT_FORMAT = 1


class Constraints(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the user declared about one feature. A row that breaks it is refused.

    Attributes:
        ge: Least allowed value; text for a decimal, a date or a time.
        gt: Bound that a value must be above.
        le: Greatest allowed value.
        lt: Bound that a value must be below.
        multiple_of: Number that a value must be a whole multiple of; text for a decimal.
        one_of: Allowed values; `None` allows every value of the type.
        regex: Patterns that a string must match, each from its first to its last character.
        min_length: Least number of characters of a string.
        max_length: Greatest number of characters of a string.
        unique_items: Refuse a vector that holds a value twice.
        not_null: Refuse null even where training rows had missing values.
    """

    ge: float | str | None = None
    gt: float | str | None = None
    le: float | str | None = None
    lt: float | str | None = None
    multiple_of: float | str | None = None
    one_of: tuple[Scalar, ...] | None = None
    regex: tuple[str, ...] = ()
    min_length: int | None = None
    max_length: int | None = None
    unique_items: bool = False
    not_null: bool = False


class Declaration(
    Constraints, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True
):
    """Everything that can be declared about one feature.

    Attributes:
        policy: As in `Feature`; `None` leaves it as it is.
        pii: Whether the feature becomes a private one.
    """

    policy: Policy | None = None
    pii: bool = False


class Observed(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the training frame held in one column. It describes; it never refuses.

    Attributes:
        minimum: Least value of a column of numbers, decimals, dates or times; of a column of
            tensors the least element.
        maximum: Greatest value of such a column.
        categories: Distinct values of a string or boolean column, most frequent first; `None` where
            there are more than the cap of `headway.contract.infer`.
        n_categories: Number of distinct values of a string or boolean column.
        min_length: Characters of the shortest string.
        max_length: Characters of the longest string.
        missing_ratio: Share of rows without a value, 0 to 1.
    """

    minimum: float | str | None = None
    maximum: float | str | None = None
    categories: tuple[Scalar, ...] | None = None
    n_categories: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    missing_ratio: float = 0.0


class Feature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One input of the model.

    Attributes:
        name: Name in requests, in the training frame and in the contract.
        dtype: Type in requests.
        nullable: Whether null is read as a missing value; `constraints.not_null` stands over it.
        storage: dtype of the training frame's column (`float64`, `int64`, `object`, `str`, `category`,
            ...): what native code must be given. Numbers and date-times have the words of numpy and
            pandas whatever the library. What it cannot hold is refused as of another type.
        storage_categories: Categories of a column of categories in their order, else `None`.
        missing_as_none: Whether missing values of the training frame's column were `None` or null, and
            not NaN; some models tell the two apart.
        storage_is_ordered: Whether the categories of a `category` column have an order.
        is_zoned: Whether a date-time or time names an instant: requests then give an offset or `Z`,
            and may not give one otherwise.
        shape: Shape of a tensor, else empty.
        element: numpy's dtype of the elements of a tensor, else empty.
        holds_lists: Whether the cells of a tensor column were lists, and not arrays.
        constraints: Declared by the user; they refuse, or do what `policy` says. Those of a tensor
            hold for each of its elements.
        policy: What happens to a value that breaks a constraint: the row is refused; or it is
            answered and the value is counted; or it is moved to the nearest limit and counted. Types,
            nulls and missing keys are refused in any case.
        is_private: Whether values are kept out of messages, logs and what a release carries.
        observed: Learned from the training frame; it observes.
        example: A real value as JSON holds it, for documentation; `None` where the column held none.
        description: For people; shown in the API page.
    """

    name: str
    dtype: DType
    nullable: bool
    storage: str
    storage_categories: tuple[Scalar, ...] | None = None
    missing_as_none: bool = False
    storage_is_ordered: bool = False
    is_zoned: bool = False
    shape: tuple[int, ...] = ()
    element: str = ""
    holds_lists: bool = False
    constraints: Constraints = Constraints()
    policy: Policy = "refuse"
    is_private: bool = False
    observed: Observed = Observed()
    example: JsonValue | None = None
    description: str = ""

    @property
    def accepts_null(self) -> bool:
        """Whether a request may hold null here."""
        return self.nullable and not self.constraints.not_null


class RowRule(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What must hold between the values of one row. A row that breaks it is refused.

    Attributes:
        name: Name of the rule in violations.
        expression: In the language of `headway.contract.expressions`.
        message: What a violation says; empty for the expression itself.
    """

    name: str
    expression: str
    message: str = ""


class OutputRules(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the user declared about the answers: how they are shaped, and what they must keep.

    Attributes:
        class_names: Names that replies hold instead of the classes, in their order.
        threshold: Probability of `positive` from which on the label is `positive`; `None` leaves the
            label to the model.
        positive: One of the two classes, as the model knows it; `None` without a threshold.
        post: What is done with the numbers of a regression, in order.
        limits: What every number must keep after that: `ge`, `gt`, `le`, `lt`.
        policy: What happens to a number beyond its limits: the request fails, or the limit is answered.
    """

    class_names: tuple[str, ...] = ()
    threshold: float | None = None
    positive: Scalar | None = None
    post: tuple[Step, ...] = ()
    limits: Constraints = Constraints()
    policy: Literal["error", "clip"] = "error"


class Output(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the model answers.

    Attributes:
        task: Classification, regression, or neither.
        methods: Methods that the model has; `predict` always.
        classes: Class labels in the model's order, empty unless a classification.
        n_outputs: Values per row of `predict`: 1 for one label or number.
        given_as: What the model itself gives: `answers` as replies hold them; `numbers` of a net, which
            are answered as they are; or for each class a number from which label and probabilities
            follow.
        rules: What was declared about the answers.
    """

    task: Task
    methods: tuple[Method, ...] = (Method.PREDICT,)
    classes: tuple[Scalar, ...] = ()
    n_outputs: int = 1
    given_as: Literal["answers", "numbers", "logits", "probabilities"] = "answers"
    rules: OutputRules = OutputRules()

    @property
    def labels(self) -> tuple[Scalar, ...]:
        """Labels as replies hold them, in the order of `classes`."""
        return self.rules.class_names or self.classes


class UserValidator(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Code of the user's that judges rows. It runs for each row: nothing of it is vectorised.

    Attributes:
        model: Name of the pydantic model that holds it.
        parts: What runs: names of validators, and of fields that a contract has no words for.
        digest: Tells its code from other code; two contracts with one digest judge rows alike.
    """

    model: str
    parts: tuple[str, ...]
    digest: str = ""


class Contract(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may come in and what comes out.

    Attributes:
        features: In the order of the training frame, which is the order of positional rows.
        output: What the model answers.
        validator: Code that the release carries and that judges rows whose values keep everything
            else; `None` for none.
        layout: Whether the model was fitted on a `frame` with names, on an `array` without, or on
            `tensors`, one for each feature.
        frame: Whose frame it was fitted on, where it was one: what native code must be given.
        n_training_rows: Rows that the learned parts were learned from.
        rules: What must hold between the values of one row.
        format: Version of this document.
    """

    features: tuple[Feature, ...]
    output: Output
    validator: UserValidator | None = None
    layout: Literal["frame", "array", "tensors"] = "frame"
    frame: FrameLibrary = "pandas"
    n_training_rows: int = 0
    rules: tuple[RowRule, ...] = ()
    format: int = CONTRACT_FORMAT

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features, in order."""
        return tuple(feature.name for feature in self.features)

    def feature(self, name: str) -> Feature:
        """Return the feature called `name`.

        Raises:
            KeyError: There is none.
        """
        for feature in self.features:
            if feature.name == name:
                return feature
        raise KeyError(name)
