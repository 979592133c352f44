from __future__ import annotations

import msgspec
import pytest

from headway.bundle.steps import Step


def test_a_step_is_read_as_it_was_written() -> None:
    step = Step(("model", "scale"), "StandardScaler", "native", "it is odd")
    assert msgspec.json.decode(msgspec.json.encode(step), type=Step) == step
    assert step.name == "model > scale"


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="form"):
        msgspec.json.decode(b'{"path": ["a"], "kind": "B", "form": "fast"}', type=Step)
