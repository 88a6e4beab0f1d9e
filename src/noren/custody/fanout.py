"""Many sources asked at once: each with a deadline and a breaker of its own, so that none costs the others anything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

import msgspec

from noren.broker.contexts import Context
from noren.custody import answers
from noren.custody.answers import Held, MoreThanAsked, Part
from noren.custody.breaker import Breaker
from noren.custody.envelope import Requester, ask, stated
from noren.custody.sources import Source
from noren.errors import NorenError, TooLarge, Unavailable, Unproven
from noren.net.http import Answer, Http
from noren.trust import PUBLIC
from noren.trust.grants import Basis
from noren.trust.ledger import Signer, Verifier
from noren.view.elsewhere import Permit

PATH = "/custody/v1/ask"
STATEMENT = "Noren-Statement"
LARGEST, TOGETHER, LEAST = 8 << 20, 32 << 20, 256 << 10
"""Bytes of one answer; of all answers to one question; and what a source may always say."""
AT_ONCE = 16
"""Questions under way at the same time, so that memory stays bounded."""
INVALID, SILENT, REFUSED = 111, 199, 299
"""Warning codes of CIM 009, 6.3.17."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What goes to one source: the part that is asked of it, on whose behalf, with which proofs; `permits` are what the
    proofs stand on, by the pseudonym of each person, and stay here."""

    source: Source
    part: Part
    who: Requester
    purpose: str = PUBLIC
    basis: Basis = ""
    jti: str
    proofs: tuple[str, ...] = ()
    permits: Mapping[str, Permit] = {}


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What came back: entities, whether there are more, and the evidence: the ask, and what the custodian signed."""

    question: Question
    held: list[Held]
    more: bool
    asked: str = ""
    statement: str = ""


class Missing(msgspec.Struct, frozen=True):
    """A source that did not answer as it should: a code of CIM 009, 6.3.17, and why, in words."""

    source: Source
    code: int
    why: str
    lied: bool = False


class Fanout:
    """Asks sources on behalf of one city, whose key signs what goes to custodians."""

    def __init__(
        self, http: Http, signer: Signer, context: Context, alias: str, *, wall: Callable[[], float] = time.time
    ) -> None:
        self._http, self._signer, self._context, self._alias, self._wall = http, signer, context, alias, wall
        self._breakers: dict[str, Breaker] = {}
        self._turn = asyncio.Semaphore(AT_ONCE)

    def breaker(self, source: Source) -> Breaker:
        """The breaker of a source; a changed registration begins anew."""
        return self._breakers.setdefault(f"{source.id} {source.endpoint}", Breaker())

    async def ask(self, questions: Sequence[Question]) -> tuple[list[Reply], list[Missing]]:
        """Ask all at once; a source that is down, slow or lying is missing, and why is said."""
        if not questions:
            return [], []
        share = max(LEAST, min(LARGEST, TOGETHER // len(questions)))
        async with self._turn:
            found = await asyncio.gather(*(self._one(question, share) for question in questions))
        return [one for one in found if isinstance(one, Reply)], [one for one in found if isinstance(one, Missing)]

    async def _one(self, question: Question, share: int) -> Reply | Missing:
        source, breaker = question.source, self.breaker(question.source)
        if not breaker.lets():
            return Missing(source, SILENT, f"it is left alone for a while: {breaker.why}")
        try:
            async with asyncio.timeout(source.seconds):
                reply = await (
                    self._signed(question, source.key, share) if source.key else self._plain(question, share)
                )
        except TimeoutError:
            missing = Missing(source, SILENT, f"no answer within {source.seconds:g} s")
        except MoreThanAsked as error:
            missing = Missing(source, INVALID, error.what, lied=True)
        except Unproven as error:
            missing = Missing(source, INVALID, error.what)
        except _Refusal as error:
            breaker.answered()
            return Missing(source, REFUSED, error.what)
        except TooLarge as error:
            missing = Missing(source, INVALID, error.what)
        except Unavailable as error:
            missing = Missing(source, SILENT, error.what)
        except NorenError as error:
            missing = Missing(source, INVALID, error.what)
        else:
            breaker.answered()
            return reply
        breaker.failed(missing.why)
        return missing

    async def _signed(self, question: Question, key: Verifier, share: int) -> Reply:
        source, part = question.source, question.part
        asked = ask(
            self._signer,
            key.name,
            now=self._wall(),
            jti=question.jti,
            who=question.who,
            purpose=question.purpose,
            types={kind: tuple(sorted(names)) for kind, names in part.types.items()},
            ids=part.ids,
            conditions=dict(part.conditions),
            limit=part.limit,
            basis=question.basis,
            proofs=question.proofs,
        )
        headers = {"Content-Type": "application/jose"}
        got = await self._http.send("POST", source.endpoint + PATH, body=asked.encode(), headers=headers, largest=share)
        _check_status(got)
        statement = got.headers.get(STATEMENT, "")
        made = stated(statement, key, self._signer.verifier.name, asked, got.body)
        held = answers.read(got.body, part, self._context)
        return Reply(question=question, held=held, more=made.more, asked=asked, statement=statement)

    async def _plain(self, question: Question, share: int) -> Reply:
        source, part = question.source, question.part
        attributes = sorted({name for names in part.types.values() for name in names})
        parameters = {"type": ",".join(part.types), "limit": str(part.limit), "options": "normalized"}
        if part.ids:
            parameters["id"] = ",".join(part.ids)
        if attributes and all(part.types.values()):
            parameters["attrs"] = ",".join(attributes)
        headers = {"Accept": "application/json", "Via": f"1.1 {self._alias}"}
        if source.tenant:
            headers["NGSILD-Tenant"] = source.tenant
        url = f"{source.endpoint}/ngsi-ld/v1/entities?{urlencode(parameters)}"
        got = await self._http.send("GET", url, headers=headers, largest=share)
        if got.status == 404:
            return Reply(question=question, held=[], more=False)
        _check_status(got)
        held = answers.read_plain(got.body, part, self._context)
        return Reply(question=question, held=held, more='rel="next"' in got.headers.get("Link", ""))


class _Refusal(NorenError):
    """The source answered that it does not want to."""


def _check_status(got: Answer) -> None:
    if got.status == 200:
        return
    if 400 <= got.status < 500:
        raise _Refusal(f"it refuses ({got.status})")
    raise Unavailable(f"it answers with status {got.status}")
