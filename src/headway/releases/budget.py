"""How much a lossy form may lose, and whether it lost more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.contract.text import listed
from headway.core.names import nearest_name
from headway.errors import BudgetError, ConfigError
from headway.releases.loss import Budget

if TYPE_CHECKING:
    from headway.releases.loss import Loss

# What is allowed where nobody says otherwise
DEFAULT_MAX_DROP = 0.005
DEFAULT_MAX_COSINE_DROP = 0.02
COSINE = "cosine"

_ROUNDING = 1e-12
_ALIASES = {"auc": "roc_auc"}
# Metrics of which less is better
_ERRORS = frozenset({"log_loss", "mae", "rmse"})
# The first that there is stands for the model
_PRIMARY = ("roc_auc", "accuracy", "r2")


def budget_for(loss: Loss, metric: str | None, max_drop: float | None) -> Budget:
    """Return the budget that was asked for, or the default one.

    Args:
        loss: Says what was measured.
        metric: Name of a metric; `None` for the first of `roc_auc`, `accuracy`, `r2` and `cosine` that
            was measured.
        max_drop: How much worse it may become; `None` for 0.005, and 0.02 of `cosine`.

    Raises:
        ConfigError: That metric was not measured, or the drop is below 0.
    """
    known = [*loss.metrics, *([COSINE] if loss.mean_cosine is not None else [])]
    wanted = _ALIASES.get(metric or "", metric)
    if wanted is None:
        wanted = next((name for name in (*_PRIMARY, *known) if name in known), None)
    if wanted is None or wanted not in known:
        nearest = nearest_name(wanted or "", known)
        hint = (
            f"measured were {listed(known)}" if known else "the model has no metric that is known"
        )
        raise ConfigError(
            f"the metric `{metric}` was not measured" if metric else "no metric was measured",
            hint=f"did you mean `{nearest}`?" if nearest else hint,
        )
    if max_drop is not None and not max_drop >= 0:
        raise ConfigError(f"`max_drop` is {max_drop}; it must be 0 or more")
    if max_drop is None:
        max_drop = DEFAULT_MAX_COSINE_DROP if wanted == COSINE else DEFAULT_MAX_DROP
    return Budget(wanted, max_drop)


def drop_of(loss: Loss, metric: str) -> float:
    """Return how much worse a metric became; below 0 where it became better."""
    if metric == COSINE:
        return 1 - (loss.mean_cosine or 0.0)
    change = loss.metrics[metric]
    fall = change.before - change.after
    return -fall if metric in _ERRORS else fall


def check_budget(loss: Loss, budget: Budget, what: str) -> None:
    """Refuse what loses too much.

    Args:
        loss: What was measured.
        budget: What is allowed.
        what: The form, for the message.

    Raises:
        BudgetError: It does.
    """
    drop = drop_of(loss, budget.metric)
    if drop <= budget.max_drop + _ROUNDING:
        return
    if budget.metric == COSINE:
        measured = f"the mean cosine similarity is {loss.mean_cosine:.4f}"
    else:
        change = loss.metrics[budget.metric]
        measured = f"`{budget.metric}` went from {change.before:.6g} to {change.after:.6g}"
    raise BudgetError(
        f"{what} loses too much on {loss.n_rows:,} rows: {measured}, which is {drop:.4g} worse; "
        f"allowed are {budget.max_drop:g}",
        metric=budget.metric,
        drop=drop,
        allowed=budget.max_drop,
        hint="nothing was registered: try `--to fp16`, calibrate on more rows, or give `--max-drop`",
    )
