"""Time stamps of submissions, read strictly: as a moment in UTC, or not at all.

nbgrader's own reading takes "+0200" for 200 seconds, and a zone that it does not know for UTC.
"""

import datetime as dt
import functools
import re
import zoneinfo

# 2026-07-01 13:30:00.5 CEST, 2026-07-01T13:30+02:00, 2026-07-01-13-30-00, 01.07.2026 13:30
DATE = r"(?P<date>\d{4}-\d\d-\d\d|\d\d?\.\d\d?\.\d{4})"
TIME = r"(?P<time>\d\d([:-])\d\d(?:\3\d\d(?:[.,]\d{1,9})?)?)"
STAMP = re.compile(rf"{DATE}(?:T|\s+|-){TIME}\s*(?P<zone>\S+)?", re.ASCII)
OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d\d)(?::?(\d\d))?", re.ASCII)
WIDEST = dt.timedelta(hours=14)


def moment(text: str, course_zone: str = "UTC") -> dt.datetime:
    """The moment that a time stamp names, in UTC.

    A date with dots begins with the day. Without a zone it is UTC, as nbgrader has it; a zone is an
    offset (``+02:00``, ``+0200``), a place (``Europe/Berlin``) or an abbreviation that means one
    offset in the whole world (``CEST``) or in the course's zone (``c.Exchange.timezone``).

    Raises:
        ValueError: it names no moment, or more than one; says why.
    """
    found = STAMP.fullmatch(text.strip())
    if not found:
        raise ValueError("it is not a date and a time such as 2026-07-01 13:30:00 +0200")
    date, time = found["date"], found["time"].replace("-", ":")
    if "." in date:
        date = "-".join(part.zfill(2) for part in reversed(date.split(".")))
    local = dt.datetime.fromisoformat(f"{date} {time}")
    try:
        return (local - _offset(found["zone"], local, course_zone)).replace(tzinfo=dt.UTC)
    except OverflowError:
        raise ValueError("it is out of the range of dates") from None


def _offset(zone: str | None, local: dt.datetime, course_zone: str) -> dt.timedelta:
    """How far a zone is ahead of UTC at a local time."""
    if zone is None or zone in ("Z", "UTC", "GMT"):
        return dt.timedelta()
    if number := OFFSET.fullmatch(zone):
        sign, hours, minutes = number.groups()
        ahead = dt.timedelta(hours=int(hours), minutes=int(minutes or 0))
        if ahead > WIDEST or int(minutes or 0) > 59:
            raise ValueError(f"no clock is {zone} from UTC")
        return -ahead if sign == "-" else ahead
    if "/" in zone:
        if (place := _place(zone)) is None:
            raise ValueError(f"there is no time zone {zone}")
        return local.replace(tzinfo=place).utcoffset()
    own = _meanings(zone, local.year, course_zone)
    offsets = own if len(own) == 1 else _meanings(zone, local.year)
    if len(offsets) != 1:
        why = f"means {len(offsets)} time zones" if offsets else "is not a known time zone"
        raise ValueError(f"{zone} {why}")
    return min(offsets)


def _place(name: str) -> zoneinfo.ZoneInfo | None:
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return None


@functools.lru_cache(maxsize=256)
def _meanings(short: str, year: int, course_zone: str = "") -> frozenset[dt.timedelta]:
    """The offsets for which an abbreviation stands in a year, in one zone or in all."""
    zones = [course_zone] if course_zone else zoneinfo.available_timezones()
    found = set()
    for place in filter(None, map(_place, zones)):
        for month in (1, 7):
            here = dt.datetime(year, month, 1, tzinfo=place)
            if here.tzname() == short:
                found.add(here.utcoffset())
    return frozenset(found)
