"""A table of models by name, each of which must lower and pass the gate."""

from __future__ import annotations

from collections.abc import Callable

from conformance.trained import Trained

Case = Callable[[], Trained]


class Cases(dict[str, Case]):
    """Makers of models, by name."""

    def case(self, make: Case) -> Case:
        """Add a maker under its own name."""
        self[make.__name__] = make
        return make


def assert_lowered(make: Case) -> None:
    """Check that a model is lowered and passes the gate on rows that it has not seen."""
    model = make()
    report = model.check(model.lower())
    assert report.passed, report.reason
    assert all(kind.compared == kind.planned for kind in report.rows.values())
    assert report.max_abs_difference is not None
