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
from noren.errors import NorenError, Unavailable
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
_MANY = 4
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
        self._turn, self._probes = asyncio.Semaphore(AT_ONCE), set[asyncio.Task[None]]()

    def breaker(self, source: Source) -> Breaker:
        """The breaker of a source; a changed registration begins anew."""
        return self._breakers.setdefault(f"{source.id} {source.endpoint}", Breaker())

    async def ask(self, questions: Sequence[Question]) -> tuple[list[Reply], list[Missing]]:
        """Ask all at once; a source that is down, slow or lying is missing, and why is said."""
        if not questions:
            return [], []
        share = max(LEAST, min(LARGEST, TOGETHER // len(questions)))
        resting = {
            source.id for source in {each.source.id: each.source for each in questions}.values() if self._rests(source)
        }
        async with self._turn:
            found = await asyncio.gather(
                *(self._one(each, share) for each in questions if each.source.id not in resting)
            )
        replies = [one for one in found if isinstance(one, Reply)]
        missing = [one for one in found if isinstance(one, Missing)]
        self._learn(replies, missing)
        return replies, [*missing, *(self._resting(each.source) for each in questions if each.source.id in resting)]

    async def close(self) -> None:
        """Try nobody any more."""
        for task in self._probes:
            task.cancel()
        await asyncio.gather(*self._probes, return_exceptions=True)

    def _rests(self, source: Source) -> bool:
        """Whether a source is left alone. When its time is over it is tried beside the question, which waits for
        nothing."""
        breaker = self.breaker(source)
        if breaker.state == "closed":
            return False
        if breaker.lets():
            task = asyncio.create_task(self._probe(source, breaker))
            self._probes.add(task)
            task.add_done_callback(self._probes.discard)
        return True

    def _resting(self, source: Source) -> Missing:
        return Missing(source, SILENT, f"it is left alone for a while: {self.breaker(source).why}")

    async def _probe(self, source: Source, breaker: Breaker) -> None:
        """Whether anything answers there; nothing of anybody's question goes along."""
        try:
            async with asyncio.timeout(source.seconds):
                got = await self._http.send("GET", f"{source.endpoint}/health", largest=LEAST)
        except (NorenError, TimeoutError):
            return breaker.failed(breaker.why)
        return breaker.answered() if got.status < 500 else breaker.failed(breaker.why)

    def _learn(self, replies: Sequence[Reply], missing: Sequence[Missing]) -> None:
        """Remember who answered. When most of many are silent at once it is this machine or its network that is slow,
        and nobody is left alone for it."""
        for reply in replies:
            self.breaker(reply.question.source).answered()
        silent = sum(one.code == SILENT for one in missing)
        ours = silent > _MANY and silent > len(replies)
        for one in missing:
            if one.code == REFUSED:
                self.breaker(one.source).answered()
            elif not (ours and one.code == SILENT):
                self.breaker(one.source).failed(one.why)

    async def _one(self, question: Question, share: int) -> Reply | Missing:
        source = question.source
        try:
            async with asyncio.timeout(source.seconds):
                return await (self._signed(question, source.key, share) if source.key else self._plain(question, share))
        except TimeoutError:
            return Missing(source, SILENT, f"no answer within {source.seconds:g} s")
        except MoreThanAsked as error:
            return Missing(source, INVALID, error.what, lied=True)
        except _Refusal as error:
            return Missing(source, REFUSED, error.what)
        except Unavailable as error:
            return Missing(source, SILENT, error.what)
        except NorenError as error:
            return Missing(source, INVALID, error.what)

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
