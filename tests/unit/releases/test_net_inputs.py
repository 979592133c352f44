from __future__ import annotations

import numpy as np
import pytest

from headway.errors import TrainingDataError
from headway.releases.net_inputs import output_of_numbers


@pytest.mark.parametrize(("shape", "width"), [((3,), 1), ((3, 2), 2), ((3, 4, 5), 20)])
def test_the_width_counts_the_numbers_of_a_row(shape, width):
    output = output_of_numbers(np.zeros(shape), 3)
    assert (output.n_outputs, output.given_as) == (width, "numbers")


@pytest.mark.parametrize("shape", [(), (2,), (1, 3)])
def test_an_answer_that_is_not_one_for_each_row_is_refused(shape):
    with pytest.raises(TrainingDataError, match="for 3 rows"):
        output_of_numbers(np.zeros(shape), 3)
