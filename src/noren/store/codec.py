"""Bytes and times of the store: documents as JSON, instants as whole microseconds since 1970 (UTC)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder().decode


def micros(moment: datetime) -> int:
    """Microseconds since 1970; a time without zone is taken as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - EPOCH) // _MICROSECOND


def moment(since: int) -> datetime:
    """The aware datetime of `since` microseconds."""
    return EPOCH + timedelta(microseconds=since)


def parse_time(text: Any) -> int | None:
    """Microseconds of an ISO 8601 text; None when it is not one."""
    if not isinstance(text, str):
        return None
    try:
        return _parsed(text)
    except (ValueError, OverflowError):
        return None


@lru_cache(8192)
def _parsed(text: str) -> int:
    return micros(datetime.fromisoformat(text))


@lru_cache(8192)
def encode_names(names: tuple[int, ...]) -> str:
    """Numbers of attributes as the log keeps them."""
    return ",".join(map(str, names))


@lru_cache(8192)
def decode_names(text: str) -> tuple[int, ...]:
    """What `encode_names` wrote."""
    return tuple(map(int, text.split(","))) if text else ()
