from __future__ import annotations

import subprocess
import sys

import pytest

from headway.core.clock import SystemClock
from headway.errors import ConfigError
from headway.serving.cache.loader import load_redis


def test_without_a_url_there_is_nothing() -> None:
    assert load_redis(None, 20.0, SystemClock()) is None


def test_with_a_url_there_is_a_tier_and_what_measures_it() -> None:
    loaded = load_redis("unix:///nowhere", 20.0, SystemClock())
    assert loaded is not None
    assert loaded[1]() is None
    with pytest.raises(ConfigError):
        load_redis("redis://host?nonsense=1", 20.0, SystemClock())


@pytest.mark.parametrize(
    ("hidden", "url", "printed"),
    [("redis", "'redis://h'", "extra"), ("redis", "None", "None"), ("nothing", "None", "None")],
)
def test_redis_is_imported_where_it_is_configured(hidden: str, url: str, printed: str) -> None:
    program = (
        f"import sys; sys.modules['{hidden}'] = None\n"
        "from headway.core.clock import SystemClock\n"
        "from headway.errors import MissingExtraError\n"
        "from headway.serving.cache.loader import load_redis\n"
        f"try: print(load_redis({url}, 20.0, SystemClock()))\n"
        "except MissingExtraError: print('extra')\n"
        "assert 'redis.asyncio' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == (printed, "")
