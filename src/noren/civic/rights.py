"""Codes on slips of paper: the right to one vote, or to answer one survey, given to whoever may once and used once.

Of a code only a hash with the poll's own salt is kept; a code has sixty random bits, so that no list of guesses finds
it. That a right was used is an entity of its own, created under an id that the code alone determines: of two at the
same time the store lets one through. Names to know: `issue`, `use`.
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING

from noren.civic.references import read, reference, urn
from noren.errors import AlreadyExists, BadInput, Conflict, NotFound
from noren.terms.records import UsedRight, VotingRight

if TYPE_CHECKING:
    from noren.view import View

GROUPS, MOST, _BATCH = 3, 1_000_000, 500


def salt() -> str:
    """A new salt for the codes of a poll or survey."""
    return secrets.token_hex(16)


def hashed(code: str, of: str, salted: str) -> str:
    """What is kept of a code; raises `BadInput` for what cannot be one."""
    return hmac.new(salted.encode(), f"{of}|{read(code, GROUPS)}".encode(), "sha256").hexdigest()[:40]


async def issue(view: View, of: str, salted: str, count: int) -> list[str]:
    """Make `count` new rights and return their codes, which are not kept and cannot be told again."""
    if not 0 < count <= MOST:
        raise BadInput(f"Between 1 and {MOST:,} slips can be made at a time.", where="count")
    codes = [reference(GROUPS) for _ in range(count)]
    for start in range(0, count, _BATCH):
        hashes = [hashed(code, of, salted) for code in codes[start : start + _BATCH]]
        await view.keep([VotingRight(id=_id(view, each), in_poll=of, code_hash=each) for each in hashes])
    return codes


async def check(view: View, of: str, salted: str, code: str) -> str:
    """The hash of a code that gives a right; raises `NotFound` for one that was not given out."""
    try:
        found = hashed(code, of, salted)
    except BadInput as error:
        raise BadInput(error.what, where="code", hint=error.hint) from None
    if await view.get(VotingRight, _id(view, found)) is None:
        raise NotFound("This code is not one of this vote.", where="code.unknown", hint="Look at the slip once more.")
    return found


async def use(view: View, of: str, salted: str, code: str) -> str:
    """Use the right of a code, once; returns the id of the mark. Raises `Conflict` when it was used before."""
    mark = UsedRight(id=urn("UsedRight", view.home.slug, await check(view, of, salted, code)), in_poll=of)
    try:
        await view.create(mark)
    except AlreadyExists:
        raise Conflict("This code was used already.", where="code.used", hint="One slip is one vote.") from None
    return mark.id


def _id(view: View, hash: str) -> str:
    return urn("VotingRight", view.home.slug, hash)
