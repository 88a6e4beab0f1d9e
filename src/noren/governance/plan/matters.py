"""The issues by layer and function, and what is said of their causes. Districts are never compared."""

from __future__ import annotations

from collections.abc import Sequence

from noren.contract import Function, Layer
from noren.governance.pages import Block, Chapter, Heading, Table, Teller, Text, chapter
from noren.governance.plan.book import OPEN, Book
from noren.governance.plan.parts import gaps, lines
from noren.terms.records import Claim, Issue

_MOST = 100


def issues(book: Book, tell: Teller) -> Chapter:
    """How many issues lie on each layer and in each function, answered in time and open; the open ones by name."""
    there = bool(book.issues)
    return chapter(
        "issues",
        tell("plan.issues"),
        gaps(book, tell, ["Issue"], there, "plan.issues.none"),
        [Text(tell("plan.issues.note"), "note")] if there else [],
        _matrix(book, tell),
        _open(book, tell),
    )


def _matrix(book: Book, tell: Teller) -> list[Block]:
    if not book.issues:
        return []
    rows, silent = [], []
    for function in Function:
        of_function = [each for each in book.issues if function in (each.functions or ())]
        if not of_function:
            silent.append(tell.named("function", function))
        for layer in Layer:
            if here := [each for each in of_function if layer in (each.layers or ())]:
                rows.append([tell.named("function", function), tell.named("layer", layer), *_counts(book, tell, here)])
        if unplaced := [each for each in of_function if not each.layers]:
            rows.append([tell.named("function", function), tell("plan.issues.noLayer"), *_counts(book, tell, unplaced)])
    if nowhere := [each for each in book.issues if not each.functions]:
        rows.append([tell("plan.issues.noFunction"), "–", *_counts(book, tell, nowhere)])
    rows.append([tell("plan.issues.all"), "", *_counts(book, tell, book.issues)])
    head = [tell(f"plan.issues.{key}") for key in ("function", "layer", "count", "inTime", "overdue", "open")]
    found: list[Block] = [Table(tell("plan.issues.matrix"), head, rows, (2, 3, 4, 5))]
    return [*found, Text(tell("plan.issues.silent", functions=tell.listed(silent)), "missing")] if silent else found


def _counts(book: Book, tell: Teller, issues: Sequence[Issue]) -> list[str]:
    in_time = sum(bool(each.answered_at and each.due_at and each.answered_at <= each.due_at) for each in issues)
    overdue = sum(bool(not each.answered_at and each.due_at and each.due_at < book.now) for each in issues)
    return [tell.number(each) for each in (len(issues), in_time, overdue, sum(i.status in OPEN for i in issues))]


def _open(book: Book, tell: Teller) -> list[Block]:
    still = [each for each in reversed(book.issues) if each.status in OPEN]
    if not still:
        return [Text(tell("plan.issues.noOpen"))] if book.issues else []
    rows = [
        [
            book.name(each.id),
            tell.listed(tell.named("function", name) for name in each.functions or ()),
            tell.date(each.opened_at),
            tell.named("plan.issues.state", each.status),
        ]
        for each in still[:_MOST]
    ]
    head = [tell(f"plan.issues.{key}") for key in ("name", "function", "since", "stage")]
    found: list[Block] = [Table(tell("plan.issues.openTable"), head, rows)]
    more = len(still) - _MOST
    return [*found, Text(tell("plan.issues.more", count=tell.number(more)), "note")] if more > 0 else found


def causes(book: Book, tell: Teller) -> Chapter:
    """What residents, experts and staff say about why; each with its support, or marked as not known."""
    about: dict[str, list[Claim]] = {}
    for claim in book.claims:
        about.setdefault(claim.about or "", []).append(claim)
    without = sum(issue.status in OPEN and issue.id not in about for issue in book.issues)
    head = [tell(f"plan.causes.{key}") for key in ("kind", "said", "support", "author")]
    parts: list[Block] = []
    for subject, claims in list(about.items())[:_MOST]:
        rows = [_claim(book, tell, each) for each in claims]
        parts += [Heading(book.name(subject)), Table(tell("plan.causes.table"), head, rows)]
    if len(about) > _MOST:
        parts.append(Text(tell("plan.issues.more", count=tell.number(len(about) - _MOST)), "note"))
    return chapter(
        "causes",
        tell("plan.causes"),
        gaps(book, tell, ["Claim"], bool(book.claims), "plan.causes.none"),
        [Text(tell("plan.causes.without", count=tell.number(without)), "missing")] if without else [],
        parts,
    )


def _claim(book: Book, tell: Teller, claim: Claim) -> list[str]:
    support = [*(book.name(each) for each in claim.supported_by or ()), *(claim.studies or ())]
    return [
        tell.named("plan.causes.kind", claim.claim_kind),
        claim.description or claim.name or "–",
        lines(support) if support else tell("plan.causes.notKnown"),
        tell.named("plan.causes.by", claim.author_kind),
    ]
