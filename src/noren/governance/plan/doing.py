"""What the city undertakes: initiatives with their end stated before they begin, trials, decisions, rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from noren.governance.comparison import Effect
from noren.governance.initiatives import Cost, Gain, due, missing, problems
from noren.governance.pages import Block, Chapter, Heading, Items, Table, Teller, Text, chapter
from noren.governance.plan.book import Book
from noren.governance.plan.life import about
from noren.governance.plan.parts import gaps, interval, lines, loose, stated
from noren.terms.record import listed
from noren.terms.records import Decision, Initiative, Regulation, Trial


def initiatives(book: Book, tell: Teller) -> Chapter:
    """Every initiative: who, with whom, who pays, who gains, what can go wrong, how it ends."""
    return chapter(
        "initiatives",
        tell("plan.initiatives"),
        gaps(book, tell, ["Initiative"], bool(book.initiatives), "plan.initiatives.none"),
        [block for each in book.initiatives for block in _initiative(book, tell, each)],
    )


def _initiative(book: Book, tell: Teller, one: Initiative) -> list[Block]:
    found: list[Block] = [Heading(book.name(one.id)), *stated(tell, [*_what(book, tell, one), *_how(book, tell, one)])]
    if lacking := [tell(f"plan.initiatives.{name}") for name in missing(one)]:
        found.append(Text(tell("plan.initiatives.mayNotStart", what=tell.listed(lacking)), "missing"))
    return found + [Text(tell(f"plan.initiatives.problem.{key}"), "missing") for key in problems(one)]


def _what(book: Book, tell: Teller, one: Initiative) -> list[tuple[str, str]]:
    return [
        ("plan.statement", tell.said(one.statement) or (one.description or "")),
        ("plan.initiatives.stage", tell.named("plan.stage", one.initiative_stage)),
        ("plan.initiatives.issues", lines(book.name(each) for each in one.answers_issues or ())),
        ("plan.initiatives.outcomes", lines(book.name(each) for each in one.serves_outcomes or ())),
        *([("plan.initiatives.proposal", book.name(one.from_proposal))] if one.from_proposal else []),
        ("plan.layers", tell.listed(tell.named("layer", each) for each in one.layers or ())),
        ("plan.functions", tell.listed(tell.named("function", each) for each in one.functions or ())),
        ("plan.initiatives.owner", tell.listed(one.owner or ())),
        ("plan.initiatives.partners", tell.listed(one.partners or ())),
        ("plan.initiatives.costs", _costs(tell, one)),
        ("plan.initiatives.gains", _gains(tell, one)),
        ("plan.initiatives.risks", lines(loose(tell, each) for each in listed(one.risks))),
    ]


def _how(book: Book, tell: Teller, one: Initiative) -> list[tuple[str, str]]:
    held = {name for each in book.datasets for name in each.entity_types or ()}
    data = [
        tell.type(name) + ("" if name in held else tell("plan.initiatives.dataLacks")) for name in one.data_needed or ()
    ]
    return [
        ("plan.initiatives.data", tell.listed(data)),
        ("plan.initiatives.consent", tell.said(one.consent_needed)),
        ("plan.initiatives.rules", lines(book.name(each) for each in one.rules_to_change or ())),
        ("plan.initiatives.exitTest", tell.said(one.exit_test)),
        ("plan.initiatives.startsOn", tell.date(one.starts_on) if one.starts_on else ""),
        ("plan.initiatives.endsOn", tell.date(one.ends_on) if one.ends_on else ""),
        ("plan.initiatives.ownerAfter", one.owner_after or ""),
        *([("plan.trials.satisfaction", asked)] if (asked := about(book, tell, one.id)) else []),
    ]


def _costs(tell: Teller, one: Initiative) -> str:
    try:
        costs = msgspec.convert(listed(one.costs), list[Cost])
    except msgspec.ValidationError:
        return loose(tell, one.costs)
    return lines(
        tell(
            "plan.initiatives.cost",
            year=each.year,
            amount=tell.number(each.amount),
            payer=each.payer,
            kind=tell.named("plan.money.kind", each.kind),
        )
        for each in costs
    )


def _gains(tell: Teller, one: Initiative) -> str:
    try:
        gains = msgspec.convert(listed(one.gains), list[Gain])
    except msgspec.ValidationError:
        return loose(tell, one.gains)
    return lines(
        tell.listed(
            [
                tell("plan.initiatives.gain", who=each.who, kind=tell.named("plan.gain", each.kind)),
                "" if each.amount is None else tell("plan.initiatives.aYear", amount=tell.number(each.amount)),
                tell.said(each.text),
            ]
        )
        for each in gains
    )


def trials(book: Book, tell: Teller) -> Chapter:
    """Every trial: what it showed, what it cost, what was decided; and every decision."""
    waiting = [book.name(each.id) for each in due(book.trials, book.now)]
    return chapter(
        "trials",
        tell("plan.trials"),
        gaps(book, tell, ["Trial"], bool(book.trials), "plan.trials.none"),
        [Text(tell("plan.trials.due", what=tell.listed(waiting)), "missing")] if waiting else [],
        [block for each in book.trials for block in _trial(book, tell, each)],
        Heading(tell("plan.decisions")),
        gaps(book, tell, ["Decision"], bool(book.decisions), "plan.decisions.none"),
        _decisions(book, tell),
    )


def _trial(book: Book, tell: Teller, one: Trial) -> list[Block]:
    rows = [
        ("plan.trials.of", book.name(one.of_initiative)),
        ("plan.initiatives.startsOn", tell.date(one.starts_on) if one.starts_on else ""),
        ("plan.initiatives.endsOn", tell.date(one.ends_on) if one.ends_on else ""),
        ("plan.initiatives.exitTest", tell.said(one.exit_test)),
        ("plan.trials.comparison", loose(tell, one.comparison)),
        ("plan.trials.findings", lines(finding(book, tell, each) for each in listed(one.findings))),
        ("plan.trials.satisfaction", about(book, tell, one.id)),
        ("plan.trials.cost", "" if one.cost_to_date is None else tell.number(one.cost_to_date)),
        ("plan.trials.rules", lines(book.name(each) for each in one.touched_rules or ())),
        ("plan.trials.decision", lines(_verdict(tell, each) for each in book.decisions if each.about == one.id)),
    ]
    return [Heading(book.name(one.id)), *stated(tell, rows)]


def finding(book: Book, tell: Teller, kept: Any) -> str:
    """What a trial showed: an effect with its interval and doubts, or what somebody wrote."""
    if not isinstance(kept, Mapping) or "effect" not in kept:
        return loose(tell, kept)
    try:
        effect = msgspec.convert(kept, Effect)
    except msgspec.ValidationError:
        return loose(tell, kept)
    measure = next((kept[name] for name in ("title", "measure", "attribute") if kept.get(name)), "")
    words = tell(
        "plan.trials.effect" if effect.compared else "plan.trials.beforeAfter",
        measure=book.name(measure) if str(measure).startswith("urn:") else loose(tell, measure) or tell("plan.measure"),
        before=tell.number(effect.before),
        after=tell.number(effect.after),
        effect=tell.number(effect.effect),
        interval=interval(tell, effect.low, effect.high),
    )
    doubts = [tell.named("plan.trials.doubt", each) for each in effect.doubts]
    return " ".join([words, *doubts])


def _verdict(tell: Teller, decision: Decision) -> str:
    verdict = tell.named("plan.verdict", decision.verdict)
    return tell("plan.trials.verdict", verdict=verdict, grounds=tell.said(decision.grounds) or tell("plan.noGrounds"))


def _decisions(book: Book, tell: Teller) -> list[Block]:
    if not book.decisions:
        return []
    head = [tell(f"plan.decisions.{key}") for key in ("at", "about", "verdict", "grounds", "by")]
    rows = [
        [
            tell.date(each.decided_at),
            book.name(each.about),
            tell.named("plan.verdict", each.verdict),
            tell.said(each.grounds) or tell("plan.noGrounds"),
            each.decided_by or "–",
        ]
        for each in book.decisions
    ]
    return [Table(tell("plan.decisions.table"), head, rows)]


def rules(book: Book, tell: Teller) -> Chapter:
    """Rules and guidelines: version, when each is looked at again, which trials touched it and what they showed."""
    late = [book.name(each.id) for each in book.regulations if each.review_on and each.review_on < book.now]
    return chapter(
        "rules",
        tell("plan.rules"),
        gaps(book, tell, ["Regulation"], bool(book.regulations), "plan.rules.none"),
        [Text(tell("plan.rules.late", what=tell.listed(late)), "missing")] if late else [],
        [block for each in book.regulations for block in _rule(book, tell, each)],
    )


def _rule(book: Book, tell: Teller, rule: Regulation) -> list[Block]:
    touched = [book.name(each.id) for each in book.trials if rule.id in (each.touched_rules or ())]
    asked = [book.name(each.id) for each in book.initiatives if rule.id in (each.rules_to_change or ())]
    rows = [
        ("plan.rules.version", rule.version or ""),
        ("plan.rules.review", tell.date(rule.review_on) if rule.review_on else ""),
        ("plan.functions", tell.listed(tell.named("function", each) for each in rule.functions or ())),
        ("plan.rules.change", lines(asked)),
        ("plan.rules.trials", lines(touched)),
    ]
    found: list[Block] = [Heading(book.name(rule.id)), *stated(tell, rows)]
    shown = [finding(book, tell, each) for each in listed(rule.findings)]
    return [*found, Items(shown)] if shown else found
