"""The time of day may jump; what waits, expires or is limited is measured by a clock that does not."""

from __future__ import annotations

import ast
from pathlib import Path

import headway

SOURCE = Path(headway.__file__).parent
# each with what it says or compares with: no length of time is measured there
TIME_OF_DAY = {
    "core/clock.py": "is the clock",
    "monitoring/request_log.py": "says when a line was written",
    "releases/build.py": "says when a release was made",
    "releases/quantise.py": "says when a release was made",
    "security/issuing.py": "says when a key was made and revoked",
    "security/tokens.py": "compares with the end of a token, which is a time of day",
    "supervisor/supervise.py": "compares with the end of a certificate, which is a time of day",
    "supervisor/worker.py": "compares with the end of a certificate, which is a time of day",
}
CALLS = {"now", "utcnow", "today", "time", "time_ns", "localtime", "gmtime", "strftime"}
OWNERS = {"time", "datetime", "dt", "date"}


def reads_time_of_day(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name, owner = node.func.attr, node.func.value
            if name == "now" or (
                name in CALLS
                and isinstance(owner, ast.Name | ast.Attribute)
                and (owner.id if isinstance(owner, ast.Name) else owner.attr) in OWNERS
            ):
                return True
    return False


def test_nothing_measures_time_by_the_time_of_day() -> None:
    found = {
        str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py") if reads_time_of_day(path)
    }
    assert found == set(TIME_OF_DAY)
