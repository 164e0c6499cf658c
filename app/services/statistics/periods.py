"""Days, weeks and months of the local calendar as moments."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal

Bucket = Literal["day", "week", "month"]


def borders(since: float, until: float, bucket: Bucket) -> list[float]:
    """The first moments of the periods from the one with `since` to the one with `until`, and the end of the last.

    Seconds since the epoch. By the calendar: where clocks are changed, a day has 23 or 25 hours.
    """
    day = _first_day(datetime.fromtimestamp(since).date(), bucket)
    last = datetime.fromtimestamp(max(since, until)).date()
    days = [day]
    while days[-1] <= last:
        days.append(_next(days[-1], bucket))
    return [datetime(one.year, one.month, one.day).timestamp() for one in days]


def _first_day(day: date, bucket: Bucket) -> date:
    if bucket == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if bucket == "week" else day


def _next(day: date, bucket: Bucket) -> date:
    if bucket == "month":
        return (day + timedelta(days=31)).replace(day=1)
    return day + timedelta(days=7 if bucket == "week" else 1)
