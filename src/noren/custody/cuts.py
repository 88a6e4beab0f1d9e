"""Custodians that are cut off: by the city itself when one lied, or by hand. Kept in a file, so that a restart forgets
nothing and `noren custodians` reaches a city that is running."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from noren.errors import BadInput
from noren.trust.tokens import write_secret


class Cut(msgspec.Struct, frozen=True):
    """Since when, and why."""

    at: datetime
    why: str


class Cuts:
    """The custodians of one city that are not asked, by the id of their registration."""

    def __init__(self, file: Path) -> None:
        self._file, self._seen = file, (0, 0)
        self._cuts: dict[str, Cut] = {}

    def all(self) -> dict[str, Cut]:
        """Those that are cut off now; raises `BadInput` when the file cannot be read."""
        if (seen := self._stamp()) != self._seen:
            self._cuts = self._read() if any(seen) else {}
            self._seen = seen
        return self._cuts

    def cut(self, id: str, why: str) -> bool:
        """Ask it no more; False when it was cut off already."""
        if id in self.all():
            return False
        self._write({**self.all(), id: Cut(datetime.now(UTC).replace(microsecond=0), why)})
        return True

    def restore(self, id: str) -> bool:
        """Ask it again; False when it was not cut off."""
        left = {name: cut for name, cut in self.all().items() if name != id}
        found = len(left) < len(self.all())
        if found:
            self._write(left)
        return found

    def _stamp(self) -> tuple[int, int]:
        try:
            stat = self._file.stat()
        except OSError:
            return 0, 0
        return stat.st_mtime_ns, stat.st_ino

    def _read(self) -> dict[str, Cut]:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=dict[str, Cut])
        except (msgspec.DecodeError, OSError) as error:
            hint = "Restore it, or delete it: then every custodian is asked again."
            raise BadInput(
                "The list of custodians that are cut off cannot be read.", where=str(self._file), hint=hint
            ) from error

    def _write(self, cuts: dict[str, Cut]) -> None:
        write_secret(self._file, msgspec.json.encode(cuts))
        self._cuts, self._seen = cuts, self._stamp()
