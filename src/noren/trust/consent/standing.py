"""Who may act for somebody: a guardian for a child, an appointed helper for a resident.

A guardian is registered by staff with evidence, until the day on which the child comes of age; the day stands in the
record and ends it without anybody's doing. A helper is named by the resident for some attributes and actions, agrees,
and can be dismissed or resign at any time. Who acts for whom is sealed under the key of the one who is acted for. What
ended is in the list of erasures first, so that an older copy of the register, put back, lets nobody act again.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from noren.errors import BadInput, Conflict, NotAllowed, NotFound
from noren.trust.rows import open_rows
from noren.trust.vault import Vault

Role = Literal["guardian", "helper"]
Does = Literal["see", "allow", "withdraw", "correct"]
EVERYTHING: frozenset[Does] = frozenset({"see", "allow", "withdraw", "correct"})
LONGEST_HELP_DAYS, LONGEST_CHILDHOOD_S = 366, 22 * 366 * 86_400.0
_ATTRIBUTES = re.compile(r"\*|[A-Z][A-Za-z0-9]*\.(\*|[a-z][A-Za-z0-9]*)")
_TABLES = """
CREATE TABLE IF NOT EXISTS standing (
    id TEXT PRIMARY KEY, person BLOB NOT NULL, actor BLOB NOT NULL, until REAL NOT NULL, sealed TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS standing_person ON standing (person);
CREATE INDEX IF NOT EXISTS standing_actor ON standing (actor);
"""


class Standing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That `actor` may act for `person`: do what `does` says with `attributes` ("Type.attribute", "Type.*" or "*"),
    from `since` until `until`, once `agreed`. `evidence` is the SHA-256 of the paper that staff (`by`) were shown."""

    id: str
    role: Role
    person: str
    actor: str
    since: float
    until: float
    attributes: frozenset[str] = frozenset({"*"})
    does: frozenset[Does] = EVERYTHING
    agreed: bool = False
    evidence: str = ""
    by: str = ""
    ended: float = 0.0
    ended_by: str = ""

    def acts(self, now: float) -> bool:
        """Whether it is in force."""
        return self.agreed and not self.ended and self.since <= now < self.until

    def covers(self, does: Does, attribute: str) -> bool:
        """Whether it is about this; `attribute` is "Type.attribute", or "" for what touches none."""
        return does in self.does and (not attribute or covered(attribute, self.attributes))


def covered(attribute: str, given: frozenset[str]) -> bool:
    """Whether "Type.attribute" is among what was given."""
    return not given.isdisjoint((attribute, attribute.partition(".")[0] + ".*", "*"))


class Standings:
    """The register of one city's guardians and helpers."""

    def __init__(self, file: Path, vault: Vault, city: str, *, clock: Callable[[], float] = time.time) -> None:
        """Open the register, and end whatever the list of erasures says has ended."""
        self._db = open_rows(file, _TABLES)
        self._vault, self._city, self._clock = vault, city, clock
        self._replay()

    def register(self, child: str, guardian: str, of_age: float, *, evidence: str, by: str) -> Standing:
        """Staff `by` saw the evidence that `guardian` is a guardian of `child`, who comes of age at `of_age`."""
        if len({child, guardian, by}) != 3:
            raise BadInput("Nobody is their own guardian, or registers themselves.", where="guardian")
        if len(evidence) != 64:
            raise BadInput("The evidence is missing.", where="evidence", hint="Give the SHA-256 of the paper shown.")
        if not 0 < of_age - self._clock() <= LONGEST_CHILDHOOD_S:
            raise BadInput(
                "On that day no child comes of age.", where="of_age", hint="It is of age already, or a mistake."
            )
        return self._keep(
            Standing(
                id=secrets.token_urlsafe(12),
                role="guardian",
                person=child,
                actor=guardian,
                since=self._clock(),
                until=of_age,
                agreed=True,
                evidence=evidence,
                by=by,
            )
        )

    def appoint(
        self, person: str, helper: str, *, attributes: frozenset[str], does: frozenset[Does], days: int
    ) -> Standing:
        """A resident asks somebody to help; it holds once the helper agrees, and `days` from now at most."""
        if person == helper:
            raise BadInput("Nobody helps themselves here.", where="helper", hint="You can do this anyway.")
        if wrong := [name for name in attributes if not _ATTRIBUTES.fullmatch(name)]:
            raise BadInput(f"“{wrong[0]}” names no attributes.", where="attributes", hint="Type.attribute, Type.* or *")
        if not 1 <= days <= LONGEST_HELP_DAYS or not attributes or not does:
            raise BadInput("Say with what, and for how long.", where="days", hint=f"1 to {LONGEST_HELP_DAYS} days.")
        now = self._clock()
        return self._keep(
            Standing(
                id=secrets.token_urlsafe(12),
                role="helper",
                person=person,
                actor=helper,
                since=now,
                until=now + days * 86_400,
                attributes=attributes,
                does=does,
                by=person,
            )
        )

    def agree(self, id: str, helper: str) -> Standing:
        """The helper agrees; raises `NotFound` for whoever was not asked."""
        found = self._one(id)
        if found.actor != helper or found.role != "helper":
            raise _unknown()
        if found.agreed or found.ended or found.until <= self._clock():
            raise Conflict("This was answered before, or is over.", where=id)
        return self._keep(msgspec.structs.replace(found, agreed=True))

    def end(self, id: str, by: str, *, staff: bool = False) -> Standing:
        """Either of the two ends it; of a guardian only staff, who saw the decision that takes it away."""
        found = self._one(id)
        if not staff and by not in (found.person, found.actor):
            raise _unknown()
        if not staff and found.role == "guardian":
            raise NotAllowed("A guardian is registered and struck off by staff.", hint="Take the decision to the city.")
        if found.ended:
            return found
        self._vault.erasures.end(f"standing:{id}")
        return self._keep(msgspec.structs.replace(found, ended=self._clock(), ended_by=by))

    def by(self, actor: str) -> list[Standing]:
        """All that says for whom somebody acts, acted or is asked to act."""
        return self._read("actor", self._vault.subject(actor, self._city, "government"))

    def of(self, person: str) -> list[Standing]:
        """All that says who acts, acted or is asked to act for somebody."""
        return self._read("person", self._vault.subject(person, self._city, "government"))

    def acting(self, actor: str, person: str, does: Does, attribute: str = "") -> Standing:
        """In what capacity `actor` may do this for `person` now; raises `NotFound`, as for an unknown person."""
        now = self._clock()
        for each in self.by(actor):
            if each.person == person and each.acts(now) and each.covers(does, attribute):
                return each
        raise _unknown()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _replay(self) -> None:
        now = self._clock()
        for id in self._vault.erasures.ended("standing"):
            sql = "SELECT id, person, sealed FROM standing WHERE id = ? AND until > ?"
            row = self._db.execute(sql, (id, now)).fetchone()
            found = self._opened(*row) if row else None
            if found and not found.ended:
                self._keep(msgspec.structs.replace(found, ended=now, ended_by=self._city))

    def _keep(self, each: Standing) -> Standing:
        person = self._vault.subject(each.person, self._city, "government")
        actor = self._vault.subject(each.actor, self._city, "government")
        sealed = self._vault.seal(self._city, person, f"standing\n{each.id}", each)
        self._vault.settle()
        self._db.execute("REPLACE INTO standing VALUES (?, ?, ?, ?, ?)", (each.id, person, actor, each.until, sealed))
        return each

    def _one(self, id: str) -> Standing:
        row = self._db.execute("SELECT id, person, sealed FROM standing WHERE id = ?", (id,)).fetchone()
        found = self._opened(*row) if row else None
        if found is None:
            raise _unknown()
        return found

    def _read(self, column: Literal["person", "actor"], hash: bytes) -> list[Standing]:
        rows = self._db.execute(
            f"SELECT id, person, sealed FROM standing WHERE {column} = ? ORDER BY rowid",  # noqa: S608
            (hash,),
        ).fetchall()
        return [found for row in rows if (found := self._opened(*row)) is not None]

    def _opened(self, id: str, person: bytes, sealed: str) -> Standing | None:
        try:
            return msgspec.convert(self._vault.unseal(person, f"standing\n{id}", sealed), Standing)
        except NotFound:  # the person was erased
            return None


def _unknown() -> NotFound:
    return NotFound("Nobody here may be acted for in this way.")
