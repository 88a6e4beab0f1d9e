"""Sessions: one row for each browser, program or device that is let in, until it ends or somebody ends it."""

from __future__ import annotations

import secrets
from typing import Any, Literal

import msgspec

from noren.errors import NotFound
from noren.trust.identity.once import hashed
from noren.trust.identity.register import Register
from noren.trust.principals import Principal

SessionKind = Literal["browser", "token", "device"]
PREFIX = "noren-session."
_KEPT = 30 * 86_400.0
_COLUMNS = "id, kind, holder, tenant, parent, principal, label, how, opened, seen, until, idle, ended"


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A browser, program or device that is let in. `holder` is the account, device or principal whose it is; `how` says
    by what they came in; `until` is its end, `idle` how many seconds it may rest (0: any time)."""

    id: str
    kind: SessionKind
    holder: str
    tenant: str
    parent: str
    principal: Principal | None
    label: str
    how: str
    opened: float
    seen: float
    until: float
    idle: float
    ended: float | None

    def ends(self) -> float:
        """When it ends if nobody uses it any more, in seconds since 1970."""
        if self.ended is not None:
            return self.ended
        return min(self.until, self.seen + self.idle) if self.idle else self.until


class Sessions:
    """The register's part about sessions."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def open(
        self,
        kind: SessionKind,
        holder: str,
        *,
        seconds: float,
        idle: float = 0.0,
        tenant: str = "",
        parent: str = "",
        principal: Principal | None = None,
        label: str = "",
        how: str = "",
    ) -> tuple[Session, str]:
        """A new session, and the secret by which a browser shows it; only a hash of that is kept."""
        now, secret = self._register.now(), PREFIX + secrets.token_urlsafe(32)
        session = Session(
            id=secrets.token_urlsafe(16),
            kind=kind,
            holder=holder,
            tenant=tenant,
            parent=parent,
            principal=principal,
            label=label[:100],
            how=how,
            opened=now,
            seen=now,
            until=now + seconds,
            idle=idle,
            ended=None,
        )
        self._keep(session, secret if kind == "browser" else None, now)
        return session, secret

    def _keep(self, session: Session, secret: str | None, now: float) -> None:
        snapshot = msgspec.json.encode(session.principal) if session.principal else None
        with self._register.change() as run:
            run("DELETE FROM session WHERE coalesce(ended, until) < ?", now - _KEPT)
            run(
                "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                session.id,
                session.kind,
                session.holder,
                session.tenant,
                hashed(secret) if secret else None,
                session.parent,
                snapshot,
                session.label,
                session.how,
                session.opened,
                session.seen,
                session.until,
                session.idle,
            )

    def find(self, id: str) -> Session | None:
        """The session of that id."""
        return _session(self._register.row(f"SELECT {_COLUMNS} FROM session WHERE id = ?", id))

    def shown(self, secret: str) -> Session | None:
        """The session that a browser's secret shows."""
        return _session(self._register.row(f"SELECT {_COLUMNS} FROM session WHERE secret = ?", hashed(secret)))

    def of(self, holder: str) -> list[Session]:
        """Sessions of somebody that are open, the one used last first."""
        sql = f"SELECT {_COLUMNS} FROM session WHERE holder = ? AND ended IS NULL ORDER BY seen DESC"
        return [found for row in self._register.rows(sql, holder) if (found := _session(row)) and self._open(found)]

    def all(self) -> list[Session]:
        """All sessions that are open."""
        sql = f"SELECT {_COLUMNS} FROM session WHERE ended IS NULL ORDER BY seen DESC"
        return [found for row in self._register.rows(sql) if (found := _session(row)) and self._open(found)]

    def use(self, id: str) -> None:
        """A session that rests until it ends is used: it may rest anew."""
        with self._register.change() as run:
            run("UPDATE session SET seen = max(seen, ?) WHERE id = ? AND ended IS NULL", self._register.now(), id)

    def extend(self, id: str, seconds: float) -> None:
        """An open session lasts at least so many seconds from now."""
        now = self._register.now()
        with self._register.change() as run:
            sql = "UPDATE session SET until = max(until, ?), seen = ? WHERE id = ? AND ended IS NULL"
            run(sql, now + seconds, now, id)

    def end(self, id: str, holder: str | None = None) -> None:
        """End a session and those that came of it; raises `NotFound` when there is none, or it is not `holder`'s."""
        session = self.find(id)
        if session is None or holder not in (None, session.holder):
            raise NotFound("There is no such session.")
        with self._register.change() as run:
            sql = "UPDATE session SET ended = ? WHERE (id = ? OR parent = ?) AND ended IS NULL"
            run(sql, self._register.now(), id, id)

    def end_all(self, holder: str) -> int:
        """End whatever is open of somebody; how many it was."""
        with self._register.change() as run:
            sql = "UPDATE session SET ended = ? WHERE holder = ? AND ended IS NULL"
            return run(sql, self._register.now(), holder).rowcount

    def _open(self, session: Session) -> bool:
        return session.ended is None and session.ends() > self._register.now()


def _session(row: tuple[Any, ...] | None) -> Session | None:
    if row is None:
        return None
    given = dict(zip(_COLUMNS.split(", "), row, strict=True))
    snapshot = given.pop("principal")
    return Session(**given, principal=msgspec.json.decode(snapshot, type=Principal) if snapshot else None)
