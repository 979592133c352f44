from __future__ import annotations

import math

import pytest

from headway.errors import BudgetError, ConfigError
from headway.releases.budget import budget_for, check_budget, drop_of
from headway.releases.loss import Budget, Change, Loss

LOSS = Loss(
    200,
    metrics={
        "accuracy": Change(0.9, 0.895),
        "log_loss": Change(0.3, 0.32),
        "roc_auc": Change(0.95, 0.951),
    },
)
NUMBERS = Loss(200, metrics={"mae": Change(1.0, 1.5), "r2": Change(0.8, 0.79)})
VECTORS = Loss(200, mean_cosine=0.985, least_cosine=0.9)


@pytest.mark.parametrize(
    ("loss", "metric", "max_drop", "budget"),
    [
        (LOSS, None, None, ("roc_auc", 0.005)),
        (LOSS, "auc", 0.1, ("roc_auc", 0.1)),
        (LOSS, "log_loss", None, ("log_loss", 0.005)),
        (NUMBERS, None, None, ("r2", 0.005)),
        (VECTORS, None, None, ("cosine", 0.02)),
        (VECTORS, "cosine", 0, ("cosine", 0)),
        (Loss(1, metrics={"mae": Change(1, 1)}), None, None, ("mae", 0.005)),
    ],
)
def test_what_stands_for_the_model_is_held_to_the_budget(
    loss: Loss, metric: str | None, max_drop: float | None, budget: tuple[str, float]
) -> None:
    assert budget_for(loss, metric, max_drop) == Budget(*budget)


@pytest.mark.parametrize(
    ("loss", "metric", "max_drop", "said", "hint"),
    [
        (LOSS, "acuracy", None, "`acuracy` was not measured", "did you mean `accuracy`?"),
        (LOSS, "cosine", None, "`cosine` was not measured", "`accuracy`, `log_loss`, `roc_auc`"),
        (Loss(3), None, None, "no metric was measured", "no metric that is known"),
        (LOSS, None, -1, "must be 0 or more", ""),
        (LOSS, None, math.nan, "must be 0 or more", ""),
    ],
)
def test_a_budget_that_cannot_be_held_is_refused(
    loss: Loss, metric: str | None, max_drop: float | None, said: str, hint: str
) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        budget_for(loss, metric, max_drop)
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize(
    ("loss", "metric", "drop"),
    [
        (LOSS, "accuracy", 0.005),
        (LOSS, "log_loss", 0.02),
        (LOSS, "roc_auc", -0.001),
        (NUMBERS, "mae", 0.5),
        (VECTORS, "cosine", 0.015),
    ],
)
def test_a_drop_is_how_much_worse_it_became(loss: Loss, metric: str, drop: float) -> None:
    assert drop_of(loss, metric) == pytest.approx(drop)
    check_budget(loss, Budget(metric, max(0.0, drop)), "int8")


@pytest.mark.parametrize(
    ("loss", "budget", "said"),
    [
        (
            LOSS,
            Budget("log_loss", 0.01),
            "loses too much on 200 rows: `log_loss` went from 0.3 to 0.32, which is 0.02 worse; allowed",
        ),
        (
            VECTORS,
            Budget("cosine", 0.01),
            "the mean cosine similarity is 0.9850, which is 0.015 worse",
        ),
    ],
)
def test_more_than_that_is_refused_with_both_numbers(loss: Loss, budget: Budget, said: str) -> None:
    with pytest.raises(BudgetError) as caught:
        check_budget(loss, budget, "int8 of `net:1`")
    error = caught.value
    assert said in error.message
    assert (error.metric, error.allowed) == (budget.metric, budget.max_drop)
    assert error.drop == pytest.approx(drop_of(loss, budget.metric))
    assert "nothing was registered" in str(error.hint)


def test_what_is_no_number_keeps_no_budget() -> None:
    loss = Loss(2, metrics={"r2": Change(0.9, math.nan)})
    with pytest.raises(BudgetError):
        check_budget(loss, Budget("r2", 0.5), "int8")
