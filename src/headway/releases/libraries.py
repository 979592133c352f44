"""Which libraries a model needs: those of its own classes, down to the steps of a pipeline."""

from __future__ import annotations

import dataclasses
import platform
import sys
from typing import TYPE_CHECKING, Any

from headway.releases.code import ShippedCode
from headway.releases.distributions import distributions_by_module, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What runs any native model, beside the libraries of its own classes
_ALWAYS = ("cloudpickle", "numpy", "pandas", "scipy")
_RECORDED = ("headway", "mlflow-skinny", "onnx", "onnxruntime", "pydantic", "scikit-learn")
_OTHER_NAMES = {"sklearn": "scikit-learn"}
_NO_CODE = ShippedCode()
# A longer list holds values, not steps
_MAX_STEPS = 1_000


@dataclasses.dataclass(frozen=True, slots=True)
class ModelLibraries:
    """What a model was made with.

    Attributes:
        versions: Version by distribution, `python` among them.
        requirements: What pip must install to run the native model, pinned.
        own_modules: Modules that no installed package brings and that do not ship with the release:
            the user's own code, which whoever runs the native model must have.
    """

    versions: Mapping[str, str]
    requirements: tuple[str, ...]
    own_modules: tuple[str, ...]


def libraries_of(model: Any, code: ShippedCode = _NO_CODE) -> ModelLibraries:
    """Look at the classes of a model, of its parents and of all its parameters.

    Args:
        model: The fitted model.
        code: What ships with it; whatever that imports is needed too.
    """
    apart = {"builtins", "__main__", *sys.stdlib_module_names, *code.modules}
    modules = {module.split(".")[0] for module in _modules(model)} - apart
    distributions = _distributions_of(modules | (code.imports() - apart))
    needed = sorted({*distributions.values(), *_ALWAYS})
    versions = {
        name: version
        for name in sorted({*needed, *_RECORDED})
        if (version := version_of(name)) is not None
    }
    return ModelLibraries(
        versions={"python": platform.python_version(), **versions},
        requirements=tuple(
            f"{name}=={_released(versions[name])}"
            for name in needed
            if name in versions and name != "headway"
        ),
        own_modules=tuple(sorted(modules.difference(distributions))),
    )


def _released(version: str) -> str:
    """Return a version without the part that says for which hardware it was built.

    Examples:
        >>> _released("2.13.0+cpu")
        '2.13.0'
    """
    return version.partition("+")[0]


def _distributions_of(modules: set[str]) -> dict[str, str]:
    """Return the distribution that brings each module, without those that none brings."""
    found = {
        module: name
        for module in modules
        if version_of(name := _OTHER_NAMES.get(module, module)) is not None
    }
    if len(found) < len(modules):
        brought = distributions_by_module()
        found |= {m: brought[m][0] for m in modules.difference(found) if m in brought}
    return found


def _modules(model: Any) -> Iterator[str]:
    seen: dict[int, Any] = {}
    waiting = [model]
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen[id(thing)] = thing
        yield from (parent.__module__ for parent in type(thing).__mro__)
        if callable(thing) and isinstance(module := getattr(thing, "__module__", None), str):
            yield module
        waiting += _parts(thing)


def _parts(thing: Any) -> list[Any]:
    if isinstance(thing, list | tuple):
        return list(thing) if len(thing) <= _MAX_STEPS else []
    # of a module of PyTorch, whose layers these are
    layers = getattr(thing, "_modules", None)
    if isinstance(layers, dict) and not isinstance(thing, type):
        return list(layers.values())
    if hasattr(thing, "get_params") and not isinstance(thing, type):
        return list(thing.get_params(deep=False).values())
    return []
