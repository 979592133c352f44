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
from headway.security.keys import ApiKey

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
        max_batch_size: Most rows that requests share one call of the model with; 1 turns batching off.
        max_queue_delay_ms: How long a batch may wait for company while the model is idle; 0: not at all.
        max_waiting: Most requests that wait for the model in one worker, or that it is answering
            outside of the event loop.
        max_wait_ms: Longest time that a request may have waited before it is begun. 0: in a crowd that
            ends within a second, until the timeout; in a longer one, as long as four calls of the model
            take, and 50 ms at least.
        max_concurrency: Most requests that one worker answers at once; 0 for no limit.
    """

    max_body_bytes: int = 8 * 1024 * 1024
    max_rows: int = 50_000
    timeout_ms: float = 30_000
    max_batch_size: int = 64
    max_queue_delay_ms: float = 0.0
    max_waiting: int = 64
    max_wait_ms: float = 0.0
    max_concurrency: int = 0


class CachePolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether and how answers of a model are kept.

    Attributes:
        mode: `auto` keeps them where a look-up was measured to be cheaper than the model.
        ttl_s: How long an answer is kept.
        max_bytes: Most bytes of answers in one worker.
    """

    mode: Literal["auto", "on", "off"] = "auto"
    ttl_s: float = 600.0
    max_bytes: int = 64 * 1024 * 1024


class ServedModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One model and its live versions.

    Attributes:
        name: Name of the model.
        routes: Its live versions: exactly one, the champion, with all of the traffic.
        limits: What one request may ask for.
        constraints: By feature, what tightens the contract of each version.
        rules: What must hold between the values of one row, beside the rules of the contract.
        output: What is changed of the answers of each version.
        cache: Whether and how answers are kept.

    Raises:
        ConfigError: The routes ask for what is not served.
    """

    name: str
    routes: tuple[Route, ...]
    limits: Limits = Limits()
    constraints: dict[str, Declaration] = {}
    rules: tuple[RowRule, ...] = ()
    output: ServedOutput = ServedOutput()
    cache: CachePolicy = CachePolicy()

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
        keys: Who may ask.
        asks_for_key: Whether a key is needed; with no key left, nobody may ask.
    """

    revision: int
    models: tuple[ServedModel, ...]
    keys: tuple[ApiKey, ...] = ()
    asks_for_key: bool = False


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
