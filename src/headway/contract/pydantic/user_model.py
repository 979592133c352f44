"""Reads a pydantic model that a user gives as the contract of a model's rows.

What a contract has words for becomes constraints, which every checker knows and which need no code
where the model is served. What is left, validators above all, is Python that is run for each row.

Invariant: a row that pydantic refuses is refused, whichever of the two refuses it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeGuard, get_args, get_origin

from annotated_types import MaxLen, MinLen
from pydantic import BaseModel

from headway.contract.pydantic.annotations import Declared, declared_by
from headway.contract.text import listed, quoted
from headway.core.names import nearest_name
from headway.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

    from headway.contract.model import Contract, Feature

Form = Literal["fields", "list", "mapping"]

WRAPPER = "features"
# What a configuration may say without changing which values a field takes
_HARMLESS_CONFIG = frozenset(
    {
        "arbitrary_types_allowed",
        "extra",
        "frozen",
        "from_attributes",
        "json_schema_extra",
        "populate_by_name",
        "protected_namespaces",
        "strict",
        "title",
        "use_enum_values",
        "validate_by_alias",
        "validate_by_name",
    }
)


# What a model may bring a version of its own of
_HOOKS = ("__init__", "__new__", "__get_pydantic_core_schema__", "model_validate")


@dataclasses.dataclass(frozen=True, slots=True)
class UserModel:
    """What a pydantic model says about the features of a contract.

    Attributes:
        model: The model.
        form: How it takes a row: a field for each feature, or all of them in the one field
            `features`, as a list in the contract's order or as a mapping by name.
        features: Feature by field, for the form `fields`.
        constraints: By feature, what a contract has words for.
        validators: What it has none for, as people call it; nothing where the constraints are all.
        notes: What its owner should know.
    """

    model: type[BaseModel]
    form: Form
    features: Mapping[str, str]
    constraints: Mapping[str, Mapping[str, Any]]
    validators: tuple[str, ...]
    notes: tuple[str, ...]


def is_model(candidate: Any) -> TypeGuard[type[BaseModel]]:
    """Whether something is a pydantic model, and not an instance of one."""
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)


def read_user_model(model: Any, contract: Contract) -> UserModel:
    """Return what a user's pydantic model declares.

    Args:
        model: The class.
        contract: As it was learned.

    Raises:
        ContractError: It is no pydantic model, or its fields are not the features of the contract.
            Names every problem.
    """
    if not is_model(model):
        given = f"`{model.__name__}`" if isinstance(model, type) else f"a `{type(model).__name__}`"
        raise ContractError(
            f"the contract is {given}, not a pydantic model",
            hint="give the class itself: a subclass of `pydantic.BaseModel`",
        )
    fields = model.model_fields
    is_wrapped = set(fields) == {WRAPPER} and WRAPPER not in contract.names
    form = _form_of(fields[WRAPPER]) if is_wrapped else "fields"
    reader = _Reader(model, contract)
    if form == "list":
        reader.read_list(fields[WRAPPER])
    elif form == "fields":
        for name, field in fields.items():
            reader.read_field(name, field)
        reader.note_absent()
    reader.raise_any()
    validators = [*_decorated(model), *reader.incomplete]
    return UserModel(
        model=model,
        form=form,
        features=reader.features,
        constraints={} if _may_change_rows(model) else reader.constraints,
        validators=tuple(
            dict.fromkeys(validators if form != "mapping" else [WRAPPER, *validators])
        ),
        notes=tuple(reader.notes),
    )


class _Reader:
    """Collects what the fields of a model declare, and every problem with them."""

    def __init__(self, model: type[BaseModel], contract: Contract) -> None:
        self._contract = contract
        self._changed_before = set(_changed_before(model))
        self._problems: dict[str, str | None] = {}
        self.features: dict[str, str] = {}
        self.constraints: dict[str, Mapping[str, Any]] = {}
        self.incomplete: list[str] = []
        self.notes: list[str] = []

    def read_field(self, name: str, field: FieldInfo) -> None:
        names = self._contract.names
        known = [alias for alias in (field.alias, field.validation_alias, name) if alias in names]
        if not known:
            nearest = nearest_name(name, names)
            hint = f"did you mean `{nearest}`?" if nearest else f"features: {listed(names)}"
            self._problems[f"the field `{name}` is no feature of the model"] = hint
            return
        self.features[name] = known[0]
        feature = self._contract.feature(known[0])
        declared = declared_by(field.annotation, field.metadata, feature)
        self._keep(name, feature, declared)
        if not field.is_required():
            self.notes.append(
                f"the default of the field `{name}` is not used: a request has every feature, and "
                "null where a value is unknown"
            )
        if declared.takes_null and not feature.nullable:
            self.notes.append(
                f"the field `{name}` takes None and no training row lacked it, so null is refused"
            )

    def read_list(self, field: FieldInfo) -> None:
        n_features = len(self._contract.features)
        for part in field.metadata:
            is_short = isinstance(part, MaxLen) and part.max_length < n_features
            if is_short or (isinstance(part, MinLen) and part.min_length > n_features):
                limit = f"at most {part.max_length}" if is_short else f"at least {part.min_length}"
                self._problems[
                    f"the field `{WRAPPER}` takes {limit} values and the model has {n_features} "
                    "features"
                ] = "every request has every feature"
        item = (*get_args(field.annotation), Any)[0]
        for feature in self._contract.features:
            self._keep(WRAPPER, feature, declared_by(item, (), feature))

    def note_absent(self) -> None:
        absent = [name for name in self._contract.names if name not in self.features.values()]
        if absent:
            self.notes.append(f"the pydantic model has no field for {listed(absent)}: as learned")

    def raise_any(self) -> None:
        if self._problems:
            hints = dict.fromkeys(hint for hint in self._problems.values() if hint)
            raise ContractError("; ".join(self._problems), hint="; ".join(hints) or None)

    def _keep(self, name: str, feature: Feature, declared: Declared) -> None:
        if declared.misfit is not None:
            self._problems[
                f"the field `{name}` is {quoted(declared.misfit)} and the feature "
                f"`{feature.name}` was a {feature.dtype} in training"
            ] = "change the field, or the column that the model is fitted on"
        if name in self._changed_before:
            return
        if not declared.is_complete:
            self.incomplete.append(name)
        if declared.constraints:
            self.constraints[feature.name] = declared.constraints


def _form_of(field: FieldInfo) -> Form:
    kind = get_origin(field.annotation) or field.annotation
    if not isinstance(kind, type):
        return "list"
    if issubclass(kind, Mapping | BaseModel):
        return "mapping"
    return "list" if issubclass(kind, Sequence | set) or kind is object else "mapping"


def _decorated(model: type[BaseModel]) -> Iterator[str]:
    """Yield the names of what pydantic calls beside the fields' own types."""
    decorators = model.__pydantic_decorators__
    yield from decorators.validators
    yield from decorators.field_validators
    yield from decorators.root_validators
    yield from decorators.model_validators
    if model.__pydantic_post_init__ is not None:
        yield "model_post_init"
    unknown = sorted(set(model.model_config) - _HARMLESS_CONFIG)
    if unknown:
        yield "model_config"
    for hook in _HOOKS:
        own = getattr(model, hook)
        if getattr(own, "__func__", own) is not getattr(
            getattr(BaseModel, hook), "__func__", getattr(BaseModel, hook)
        ):
            yield hook


def _may_change_rows(model: type[BaseModel]) -> bool:
    """Whether something is asked about a whole row before the fields are."""
    decorators = model.__pydantic_decorators__
    is_before = any(
        entry.info.mode != "after"
        for group in (decorators.model_validators, decorators.root_validators)
        for entry in group.values()
    )
    return is_before or not {"model_config", *_HOOKS}.isdisjoint(_decorated(model))


def _changed_before(model: type[BaseModel]) -> Iterator[str]:
    """Yield the fields that a validator sees before the field's own type and constraints do."""
    decorators = model.__pydantic_decorators__
    for group in (decorators.validators, decorators.field_validators):
        for entry in group.values():
            if entry.info.mode != "after":
                yield from model.model_fields if "*" in entry.info.fields else entry.info.fields
