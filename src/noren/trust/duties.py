"""Duties to delete: when consent ends, whoever received something must delete it, and say so with its signature.

A duty falls due some days after it began. One that is overdue is published, and until it is met its recipient receives
nothing new.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry

from noren.errors import Conflict, NotFound, Unproven
from noren.trust.rows import open_rows

ALGORITHM = "Ed25519"
TYPE = "noren-deletion+jwt"
DAYS = 7
Cause = Literal["withdrawn", "expired", "erased", "stopped"]
_REGISTRY = JWSRegistry(algorithms=[ALGORITHM])
_TABLES = """
CREATE TABLE IF NOT EXISTS duty (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, organisation TEXT NOT NULL, grant_id TEXT NOT NULL UNIQUE,
    cause TEXT NOT NULL, since REAL NOT NULL, due REAL NOT NULL, confirmed REAL NOT NULL, proof TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS duty_organisation ON duty (tenant, organisation);
"""


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """That an organisation must delete what it got by a grant; times in epoch seconds, `confirmed` 0 while it is open.
    `proof` is the signed confirmation."""

    id: str
    tenant: str
    organisation: str
    grant: str
    cause: Cause
    since: float
    due: float
    confirmed: float = 0.0
    proof: str = ""


class Deleted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a recipient signs: that for this duty, everything was deleted, at `iat` (epoch seconds)."""

    duty: str
    organisation: str
    deleted: Literal[True]
    iat: float


class Duties:
    """The duties to delete of one city's recipients."""

    def __init__(self, file: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._db = open_rows(file, _TABLES)
        self._clock = clock

    def owe(self, organisation: str, grant: str, cause: Cause, *, since: float, tenant: str = "") -> Duty:
        """Note a duty that began at `since`; of one grant there is one, however often it ends."""
        row = (secrets.token_urlsafe(12), tenant, organisation, grant, cause, since, since + DAYS * 86_400)
        self._db.execute("INSERT OR IGNORE INTO duty VALUES (?, ?, ?, ?, ?, ?, ?, 0, '')", row)
        return self._select("grant_id = ?", grant)[0]

    def confirm(self, id: str, confirmation: str, key: dict[str, str]) -> Duty:
        """Take a recipient's signed confirmation (a compact JWS, see `Deleted`), checked with the key that it
        registered; raises `Unproven` for one that does not hold, `NotFound`, or `Conflict` when it was met before."""
        found = self._select("id = ?", id)
        if not found:
            raise NotFound("There is no such duty.", where=id)
        duty, now = found[0], self._clock()
        said = _opened(confirmation, key)
        if (said.duty, said.organisation) != (duty.id, duty.organisation) or not duty.since <= said.iat <= now + 5:
            raise Unproven("This confirmation is about something else.", where=id)
        met = self._db.execute(
            "UPDATE duty SET confirmed = ?, proof = ? WHERE id = ? AND confirmed = 0", (now, confirmation, id)
        )
        if not met.rowcount:
            raise Conflict("This was confirmed before.", where=id)
        return self._select("id = ?", id)[0]

    def of(self, organisation: str, tenant: str = "") -> list[Duty]:
        """Everything that an organisation had or has to delete, the oldest first."""
        return self._select("(tenant, organisation) = (?, ?)", tenant, organisation)

    def of_grant(self, grant: str) -> Duty | None:
        """The duty that followed a grant."""
        return next(iter(self._select("grant_id = ?", grant)), None)

    def overdue(self, tenant: str = "") -> list[Duty]:
        """What should have been deleted and was not, as it is published."""
        return self._select("tenant = ? AND confirmed = 0 AND due < ?", tenant, self._clock())

    def blocks(self, organisation: str, tenant: str = "") -> bool:
        """Whether the organisation may receive nothing new, because it has not deleted in time."""
        return any(each.organisation == organisation for each in self.overdue(tenant))

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _select(self, where: str, *values: str | float) -> list[Duty]:
        rows = self._db.execute(f"SELECT * FROM duty WHERE {where} ORDER BY since, id", values)  # noqa: S608
        names = ("id", "tenant", "organisation", "grant", "cause", "since", "due", "confirmed", "proof")
        return [msgspec.convert(dict(zip(names, row, strict=True)), Duty) for row in rows.fetchall()]


def _opened(confirmation: str, key: dict[str, str]) -> Deleted:
    try:
        opened = jws.deserialize_compact(confirmation, OKPKey.import_key(dict(key)), registry=_REGISTRY)
        said = msgspec.json.decode(opened.payload, type=Deleted)
    except (JoseError, msgspec.DecodeError, ValueError) as error:
        raise _unproven() from error
    if opened.headers() != {"alg": ALGORITHM, "typ": TYPE}:
        raise _unproven()
    return said


def _unproven() -> Unproven:
    return Unproven("This confirmation does not hold.", hint="Sign it with the key that was registered.")


def sign(duty: str, organisation: str, key: OKPKey, at: float) -> str:
    """The confirmation, as a recipient makes it."""
    said = msgspec.json.encode(Deleted(duty=duty, organisation=organisation, deleted=True, iat=at))
    return jws.serialize_compact({"alg": ALGORITHM, "typ": TYPE}, said, key, registry=_REGISTRY)
