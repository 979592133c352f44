from __future__ import annotations

import collections

import pytest

from headway.errors import ConfigError
from headway.testing.load.mix import choose_sizes, describe_mix, read_mix


@pytest.mark.parametrize("mix", ["1:0.9,10:0.1", " 1:9 , 10:1", {1: 0.9, 10: 0.1}, {1: 9, 10: 1}])
def test_shares_become_one(mix):
    assert read_mix(mix) == pytest.approx({1: 0.9, 10: 0.1})


@pytest.mark.parametrize("mix", [5, "5", "5:0.3", {5: 1}])
def test_one_size_is_a_mix(mix):
    assert read_mix(mix) == {5: 1.0}


@pytest.mark.parametrize(
    "mix",
    ["", "x", "1:x", "0", "-1", "1:-1", "1:0", "1:nan", "1:inf", "1:1,1:2", "99999", {}, "1.5"],
)
def test_what_is_no_mix_is_refused_with_the_form(mix):
    with pytest.raises(ConfigError) as caught:
        read_mix(mix)
    assert "ROWS:SHARE" in caught.value.hint


def test_sizes_come_in_their_shares_and_again_with_the_seed():
    mix = read_mix("1:0.75,8:0.25")
    sizes = choose_sizes(mix, 4_000, 1)
    assert sizes == choose_sizes(mix, 4_000, 1) != choose_sizes(mix, 4_000, 2)
    assert collections.Counter(sizes)[8] == pytest.approx(1_000, abs=120)
    assert describe_mix(mix) == "1 row (75 %), 8 rows (25 %)"
