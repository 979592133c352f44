"""Whether a release can be served here, in which form, and why."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from headway.diagnosis.finding import Finding
from headway.diagnosis.installation import installed_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headway.bundle.bundle import Bundle
    from headway.bundle.manifest import Manifest

# What a manifest lists beside what the native form itself needs
_NOT_NEEDED = {
    "lowered": None,
    "sklearn": {"headway", "mlflow-skinny", "onnx", "onnxruntime"},
    "pyfunc": {"headway", "onnx", "onnxruntime", "scikit-learn"},
}
_NEEDED_BY_LOWERED = frozenset({"numpy", "onnxruntime"})


def check_release(address: str, bundle: Bundle) -> Iterator[Finding]:
    """Tell form, libraries and what is absent of a release that was verified.

    Args:
        address: Of the release, `NAME:7`.
        bundle: Its bundle.
    """
    manifest = bundle.manifest
    size_bytes = sum(entry.size_bytes for entry in manifest.files.values())
    yield Finding(
        f"{address} bundle",
        "ok",
        f"{len(manifest.files)} files, {size_bytes:,} bytes, digest {bundle.digest[:12]}",
    )
    yield check_form(address, manifest)
    yield check_libraries(address, manifest, installed_version)
    if manifest.absent:
        told = "; ".join(f"{what}: {why}" for what, why in sorted(manifest.absent.items()))
        yield Finding(f"{address} absent", "ok", told)


def check_form(address: str, manifest: Manifest) -> Finding:
    """Tell which form is served, and why."""
    execution = manifest.execution
    if execution.form == "lowered":
        return Finding(f"{address} form", "ok", execution.reason)
    hint = (
        "its first steps run as they were fitted: slower, and with the libraries that they were made with"
        if execution.form == "partial"
        else "it is served as it was fitted: slower, and with the libraries that it was made with"
    )
    return Finding(f"{address} form", "warning", execution.reason, hint)


def check_libraries(
    address: str, manifest: Manifest, installed: Callable[[str], str | None]
) -> Finding:
    """Compare the libraries that a release was made with to those that are installed.

    Args:
        address: Of the release.
        manifest: Names the libraries that it was made with.
        installed: Version of a distribution, `None` where it is not installed.
    """
    needed = needed_libraries(manifest)
    here = {name: installed(name) for name in needed}
    other = [
        f"{name} {version} here {here[name]}"
        for name, version in needed.items()
        if here[name] is not None and here[name] != version
    ]
    check = f"{address} libraries"
    missing = sorted(name for name, version in here.items() if version is None)
    if missing:
        pins = " ".join(f"{name}=={needed[name]}" for name in missing)
        return Finding(
            check, "failed", f"not installed: {', '.join(missing)}", f"pip install {pins}"
        )
    if manifest.execution.form != "lowered":
        trained, running = manifest.libraries.get("python", ""), platform.python_version()
        if trained and trained.split(".")[:2] != running.split(".")[:2]:
            other.insert(0, f"python {trained} here {running}")
    if other:
        hint = "golden rows are replayed at each load; install the same versions to be sure"
        return Finding(check, "warning", f"made with {', '.join(other)}", hint)
    if not needed:
        return Finding(check, "ok", "the release records none that serving needs")
    same = ", ".join(f"{name} {version}" for name, version in needed.items())
    return Finding(check, "ok", f"as it was made: {same}")


def needed_libraries(manifest: Manifest) -> dict[str, str]:
    """Return the version of each recorded library that serving the release needs."""
    execution = manifest.execution
    libraries = {name: v for name, v in manifest.libraries.items() if name != "python"}
    if execution.form == "lowered":
        return {name: v for name, v in libraries.items() if name in _NEEDED_BY_LOWERED}
    left_out = _NOT_NEEDED.get(execution.flavor) or set()
    if execution.form == "partial":
        left_out = left_out - _NEEDED_BY_LOWERED
    return {name: version for name, version in libraries.items() if name not in left_out}
