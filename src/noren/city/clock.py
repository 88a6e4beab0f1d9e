"""The city's clock: what time it is in the city, which may run fast (sample city, replay) and survives restarts.

Tokens, counts of use and retries go by wall time instead.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from noren.errors import BadInput
from noren.trust.tokens import write_secret

FASTEST = 100_000.0
_RESERVE = 60.0


class _State(msgspec.Struct):
    mark: datetime
    """No time handed out before the state was written lies behind it."""
    shifted: bool
    """Whether the clock is another than the wall's: it has then stood still while nothing ran."""


class Clock:
    """Time in the city: the wall's, or from `start` on at `speed`; continued, never turned back, when opened again.

    `file` None keeps nothing. Raises `BadInput` for a speed out of bounds or a file that is no clock.
    """

    def __init__(self, file: Path | None = None, *, start: datetime | None = None, speed: float = 1.0) -> None:
        self._file = file
        self._jumped = asyncio.Event()
        state = _read(file)
        wall = datetime.now(UTC)
        self._shifted = speed != 1.0 or start is not None or bool(state and state.shifted)
        if state is None:
            begin = start or wall
        elif self._shifted and (start is not None or speed != 1.0):
            begin = state.mark
        else:
            begin = max(wall, state.mark)
        self._set(begin.astimezone(UTC), speed)

    @property
    def speed(self) -> float:
        """City seconds that pass in a second of the wall."""
        return self._speed

    @property
    def shifted(self) -> bool:
        """Whether the city's time is another than the wall's."""
        return self._shifted

    def now(self) -> datetime:
        """The time in the city, in UTC; never earlier than the time before, but for `jump`."""
        moment = self._from + timedelta(seconds=(time.monotonic() - self._since) * self._speed)
        if moment > self._mark:
            self._keep(moment + timedelta(seconds=_RESERVE * self._speed))
        return moment

    async def sleep(self, seconds: float) -> None:
        """Until `seconds` of city time have passed, or the clock jumps: look at `now` afterwards."""
        jumped = self._jumped
        try:
            async with asyncio.timeout(max(0.0, seconds) / self._speed):
                await jumped.wait()
        except TimeoutError:
            return

    def jump(self, to: datetime, speed: float | None = None) -> None:
        """Set the clock to another time, back as well: the rehearsal of a past event begins so. Wakes all sleepers."""
        self._shifted = True
        self._set(to.astimezone(UTC), self._speed if speed is None else speed)
        self._jumped.set()
        self._jumped = asyncio.Event()

    def close(self) -> None:
        """Write down the time as it is, for the next start."""
        self._keep(self.now())

    def _set(self, begin: datetime, speed: float) -> None:
        if not 0 < speed <= FASTEST:
            raise BadInput(
                f"The clock cannot run at {speed:g} times.",
                where="clock.speed",
                hint=f"More than 0, at most {FASTEST:g}.",
            )
        self._from, self._since, self._speed = begin, time.monotonic(), speed
        self._keep(begin + timedelta(seconds=_RESERVE * speed))

    def _keep(self, mark: datetime) -> None:
        self._mark = mark
        if self._file is not None:
            write_secret(self._file, msgspec.json.encode(_State(mark, self._shifted)))


def _read(file: Path | None) -> _State | None:
    if file is None or not file.exists():
        return None
    try:
        return msgspec.json.decode(file.read_bytes(), type=_State)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise BadInput(
            "The city's clock cannot be read.", where=str(file), hint="Delete the file: the clock starts anew."
        ) from error
