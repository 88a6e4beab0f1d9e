"""What crosses between a city and a custodian: an ask that the city signs, and a statement that the custodian signs
about the bytes of its answer. Both can be kept as evidence, the statement without the data. DESIGN.md has the format.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import msgspec

from noren.custody.signed import digest, opened, seal
from noren.errors import Unavailable, Unproven
from noren.trust import Kind, OrganisationKind
from noren.trust.grants import Basis
from noren.trust.ledger import Signer, Verifier

ASK, STATEMENT = "noren-ask+jws", "noren-statement+jws"
LIFE_S = 1.0
"""How long an ask is good: a consent that was withdrawn acts nowhere any longer than that."""
LEEWAY_S = 0.5
"""By how much the two houses' clocks may differ."""
PROOFS = 200
"""How many people one ask may be about."""
MOST = 1000
"""How many entities one answer may hold."""
_SEEN = 200_000
_Text = Annotated[str, msgspec.Meta(max_length=2000)]
_Texts = Annotated[tuple[_Text, ...], msgspec.Meta(max_length=500)]


class Requester(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """On whose behalf the city asks; `id` is their pseudonym at this custodian, `vetted` whether they stand in the
    city's register of recipients."""

    kind: Kind
    id: str = ""
    organisation: str = ""
    organisation_kind: OrganisationKind = "none"
    vetted: bool = False


class Ask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One question. `types` are the attributes asked for by type (IRIs; no attributes are all); `conditions` are
    parameters of NGSI-LD in the words of the terms that every house holds. With `basis` it is about the people of
    `proofs`, each a proof of consent of its own."""

    iss: str
    aud: str
    jti: Annotated[str, msgspec.Meta(min_length=16, max_length=64)]
    iat: float
    exp: float
    who: Requester
    purpose: str
    types: Annotated[dict[_Text, _Texts], msgspec.Meta(min_length=1, max_length=100)]
    ids: _Texts = ()
    conditions: dict[_Text, _Text] = {}
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = MOST
    basis: Basis = ""
    proofs: Annotated[tuple[str, ...], msgspec.Meta(max_length=PROOFS)] = ()


class Statement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a custodian says of its answer: to which ask (SHA-256 of its text), which bytes (SHA-256), how many
    entities, whether it holds more."""

    iss: str
    aud: str
    ask: str
    iat: float
    body: str
    count: int
    more: bool


def nonce() -> str:
    """What tells an ask from every other."""
    return secrets.token_urlsafe(18)


def ask(signer: Signer, custodian: str, *, now: float, **what: Any) -> str:
    """A new ask to the custodian of that name, good for a second."""
    now = round(now, 3)
    made = Ask(iss=signer.verifier.name, aud=custodian, iat=now, exp=now + LIFE_S, **what)
    return seal(made, ASK, signer)


def state(signer: Signer, city: str, asked: str, body: bytes, *, now: float, count: int, more: bool) -> str:
    """The statement about the answer `body` to the ask whose text is `asked`."""
    made = Statement(
        iss=signer.verifier.name,
        aud=city,
        ask=digest(asked.encode()),
        iat=round(now, 3),
        body=digest(body),
        count=count,
        more=more,
    )
    return seal(made, STATEMENT, signer)


def stated(statement: str, custodian: Verifier, city: str, asked: str, body: bytes) -> Statement:
    """The statement about an answer, checked; raises `Unproven` for one of another key, about another ask or about
    other bytes."""
    made = opened(statement, STATEMENT, custodian, Statement)
    if (made.iss, made.aud) != (custodian.name, city) or made.ask != digest(asked.encode()):
        raise Unproven("This is no answer to what was asked.", where=custodian.name)
    if made.body != digest(body):
        raise Unproven("The answer is not what its sender signed.", where=custodian.name)
    return made


class Inbox:
    """Takes asks of the cities whose keys are pinned: each once, while it is fresh, and none from before this process
    began, so that what an earlier one took is not taken again."""

    def __init__(
        self,
        own: str,
        cities: Mapping[str, Verifier],
        *,
        wall: Callable[[], float] = time.time,
        since: float | None = None,
    ) -> None:
        self._own, self._cities, self._wall = own, cities, wall
        self._since = wall() if since is None else since
        self._seen, self._ending = set[str](), deque[tuple[float, str]]()

    def take(self, text: str) -> Ask:
        """The ask in `text`; raises `Unproven`, without saying which part was wrong, for one that is forged, for
        another custodian, too old, from the future, or was shown before."""
        asked = self._opened(text)
        now = self._wall()
        fresh = asked.iat - LEEWAY_S <= now < min(asked.exp, asked.iat + LIFE_S + 0.001) and asked.iat >= self._since
        if asked.aud != self._own or not fresh or asked.jti in self._seen:
            raise _unproven()
        self._remember(asked, now)
        return asked

    def _opened(self, text: str) -> Ask:
        for name, key in self._cities.items():
            try:
                asked = opened(text, ASK, key, Ask)
            except Unproven:
                continue
            if asked.iss == name:
                return asked
        raise _unproven()

    def _remember(self, asked: Ask, now: float) -> None:
        while self._ending and self._ending[0][0] < now:
            self._seen.discard(self._ending.popleft()[1])
        if len(self._seen) >= _SEEN:
            raise Unavailable("Too much is asked at once.")
        self._seen.add(asked.jti)
        self._ending.append((now + LIFE_S + LEEWAY_S, asked.jti))


def _unproven() -> Unproven:
    return Unproven("This ask does not hold.", hint="Are both clocks right, and both keys those that were agreed on?")
