"""Several problems with what is declared, told as one error.

Invariant: every message is told, and every hint once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Sequence


def raise_all(problems: Sequence[ContractError]) -> None:
    """Raise one error that says what each of these says; nothing where there are none.

    Raises:
        ContractError: There is a problem.
    """
    if not problems:
        return
    hints = dict.fromkeys(problem.hint for problem in problems if problem.hint)
    raise ContractError(
        "; ".join(problem.message for problem in problems), hint="; ".join(hints) or None
    )
