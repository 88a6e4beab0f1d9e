"""What waits to be told to one subscription, and when it may be tried again."""

from __future__ import annotations

import random
from collections import deque
from datetime import UTC, datetime

import msgspec

from noren.broker.subscriptions import Kept
from noren.store import ChangeRow


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How delivery behaves, in seconds and numbers of changes.

    A lane keeps `waiting` changes, all together `altogether`; what is beyond is read from the log again. One
    notification holds `together` entities at most. After `failed_after` of failing it is tried every `last_pause` only.
    """

    waiting: int = 200
    altogether: int = 50_000
    together: int = 100
    timeout: float = 10.0
    longest_timeout: float = 60.0
    first_pause: float = 1.0
    longest_pause: float = 60.0
    failed_after: float = 86_400.0
    last_pause: float = 3_600.0

    def pause(self, failures: int) -> float:
        """How long to wait after that many failures in a row, a little by chance, so that not all come back at once."""
        steps = min(failures - 1, 30)
        longest = min(self.longest_pause, self.first_pause * 2.0**steps)
        return longest * random.uniform(0.8, 1.0)  # noqa: S311


class Lane:
    """One subscription on its way. `read` is how far the log was looked at for it; when `behind`, more waits there.

    `pending` are the changes to be told, oldest first; they stay until they were told.
    """

    __slots__ = ("behind", "due", "failing_since", "failures", "kept", "next_send", "pending", "read", "sending")

    def __init__(self, kept: Kept, read: int, *, behind: bool = False) -> None:
        self.kept, self.read, self.behind = kept, read, behind
        self.pending: deque[ChangeRow] = deque()
        self.sending = False
        self.due = self.next_send = 0.0
        self.failures = 0
        self.failing_since: float | None = None

    @property
    def told(self) -> int:
        """Everything up to here was told; what comes behind must be read again after a fall."""
        return self.pending[0].seq - 1 if self.pending else self.read

    def batch(self, together: int) -> list[ChangeRow]:
        """The next changes for one notification: each of another entity, so that nobody is told two at once.

        With throttling, every change that waits, of which only the newest of each entity is told.
        """
        if self.kept.subscription.throttling is not None:
            return list(self.pending)
        rows: list[ChangeRow] = []
        ids: set[str] = set()
        for row in self.pending:
            if row.doc["id"] in ids or len(rows) >= together:
                break
            ids.add(row.doc["id"])
            rows.append(row)
        return rows

    def done(self, rows: list[ChangeRow], now: float, *, sent: bool) -> None:
        """The first of the pending changes, `rows`, were told, or needed not be."""
        for row in rows:
            if self.pending and self.pending[0] is row:
                self.pending.popleft()
        if sent:
            self.failures, self.failing_since = 0, None
            self.next_send = now + (self.kept.subscription.throttling or 0.0)

    def failed(self, now: float, limits: Limits) -> None:
        """Nothing could be told: give the changes back to the log and wait."""
        self.read = self.told
        self.pending.clear()
        self.behind = True
        self.failures += 1
        self.failing_since = now if self.failing_since is None else self.failing_since
        pause = limits.pause(self.failures)
        if now - self.failing_since > limits.failed_after:
            pause = limits.last_pause
        self.due = now + max(pause, (self.kept.subscription.endpoint.cooldown or 0.0) / 1000)

    def again(self) -> None:
        """Try at once: the subscription was changed."""
        self.failures, self.failing_since, self.due = 0, None, 0.0


def tried(kept: Kept, error: str = "") -> None:
    """Note in the subscription's progress that a notification was sent, and whether it arrived; by wall time."""
    progress, now = kept.progress, datetime.now(UTC)
    progress.times_sent += 1
    progress.last_notification = now
    if error:
        progress.times_failed += 1
        progress.last_failure, progress.status, progress.trouble = now, "failed", error
    else:
        progress.last_success, progress.status, progress.trouble = now, "ok", ""
