"""The serving plan: the one document that tells a worker what is live.

Invariant: a plan is immutable and complete; a worker needs nothing but the plan and the bundles that
it names, never the registry and never a database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from headway.contract.model import Declaration, RowRule
from headway.contract.output import ServedOutput
from headway.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

FULL_WEIGHT_BP = 10_000


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of a model that is live.

    Attributes:
        version: The registry's version, or `local` for a bundle that came as a folder.
        digest: Digest of the bundle; the worker refuses another one.
        path: Folder of the bundle on this machine.
        role: Why it is live; only a champion is served so far.
        weight_bp: Share of traffic in basis points, 0 to 10,000; a champion has it all so far.
        trust_code: Whether code of this bundle (pickle) may run.
    """

    version: str
    digest: str
    path: str
    role: Literal["champion", "challenger", "canary", "shadow"] = "champion"
    weight_bp: int = FULL_WEIGHT_BP
    trust_code: bool = False


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one request may ask for.

    Attributes:
        max_body_bytes: Largest body.
        max_rows: Most rows in one request.
        timeout_ms: Time from the last byte of the request to the reply; 0 for none.
    """

    max_body_bytes: int = 8 * 1024 * 1024
    max_rows: int = 50_000
    timeout_ms: float = 30_000


class ServedModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One model and its live versions.

    Attributes:
        name: Name of the model.
        routes: Its live versions: exactly one, the champion, with all of the traffic.
        limits: What one request may ask for.
        constraints: By feature, what tightens the contract of each version.
        rules: What must hold between the values of one row, beside the rules of the contract.
        output: What is changed of the answers of each version.

    Raises:
        ConfigError: The routes ask for what is not served.
    """

    name: str
    routes: tuple[Route, ...]
    limits: Limits = Limits()
    constraints: dict[str, Declaration] = {}
    rules: tuple[RowRule, ...] = ()
    output: ServedOutput = ServedOutput()

    def __post_init__(self) -> None:
        shares = [(route.role, route.weight_bp) for route in self.routes]
        if shares != [("champion", FULL_WEIGHT_BP)]:
            asked = ", ".join(f"{role} with {weight_bp}" for role, weight_bp in shares) or "none"
            raise ConfigError(
                f"the plan routes `{self.name}` to: {asked}; a model is served by exactly one "
                f"champion with the weight {FULL_WEIGHT_BP}"
            )


class ServingPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is live.

    Attributes:
        revision: Grows with every change.
        models: By name, each once.
        key_hashes: Hex sha256 of each API key that may predict; empty means that no key is asked for.
    """

    revision: int
    models: tuple[ServedModel, ...]
    key_hashes: tuple[str, ...] = ()


def read_plan(path: Path) -> ServingPlan:
    """Read a plan from a JSON file.

    Raises:
        ConfigError: The file is missing, is no plan, or asks for what is not served.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=ServingPlan)
    except FileNotFoundError as error:
        raise ConfigError(f"no serving plan at `{path}`") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(f"`{path}` is not a serving plan: {error}") from error


def write_plan(path: Path, plan: ServingPlan) -> None:
    """Write a plan atomically: a reader sees the old one or the new one."""
    draft = path.with_suffix(".tmp")
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(plan), indent=1))
    draft.replace(path)
