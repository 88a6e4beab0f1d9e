"""A report in sentences, for the terminal and the page: what was counted, what ties decide, what explains the outcome.

>>> from noren.civic.ballots.pb import parse
>>> from noren.civic.ballots.report import report
>>> head = "META\\nbudget;6\\nvote_type;approval\\nPROJECTS\\nproject_id;cost;votes\\na;5;1\\n"
>>> recount(report(parse(head + "VOTES\\nvoter_id;vote\\n1;a")), "en")
['1 ballots, all of them valid and counted.', 'Recount: all 1 published figures agree with the ballots.']
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from noren.civic.ballots.election import Remark
from noren.civic.ballots.official import Official, Reason
from noren.civic.ballots.report import Report
from noren.civic.ballots.rules import BrokenTie, Outcome
from noren.messages import say

SHOWN = 10
"""How many rows of a kind are told one by one."""


def rule(name: str, language: str) -> str:
    """The rule's name for people."""
    key = f"ballots.rule.{name}"
    told = say(language, key)
    return name if told == key else told


def recount(report: Report, language: str) -> list[str]:
    """How many ballots hold, which do not and why, and whether the file's own figures are right."""
    count = report.count
    why = Counter(reason for mark in count.marks for reason in mark.reasons)
    reasons = _comma(language, (f"{say(language, f'ballots.reason.{reason}')} {n}" for reason, n in why.most_common()))
    way = "strict" if count.counting == "strict" else "lenient"
    key = f"ballots.count.{way}" if count.marks else "ballots.count.all"
    values = {"ballots": f"{count.ballots:,}", "counted": f"{count.counted:,}", "marked": f"{len(count.marks):,}"}
    told = [say(language, key, **values, reasons=reasons), *_marks(report, language), *_agreement(report, language)]
    return [*told, say(language, f"ballots.scoring.{count.scoring}")] if count.scoring.startswith("places") else told


def _marks(report: Report, language: str) -> list[str]:
    lines = (
        say(
            language,
            "ballots.count.mark",
            row=mark.row,
            voter=mark.voter,
            reasons=_comma(language, (say(language, f"ballots.reason.{reason}") for reason in mark.reasons)),
        )
        for mark in report.count.marks[:SHOWN]
    )
    return _indented(lines, len(report.count.marks), language)


def _agreement(report: Report, language: str) -> list[str]:
    count = report.count
    if not count.compared:
        return [say(language, "ballots.silent")]
    if not count.differences:
        return [say(language, "ballots.agree", compared=f"{count.compared:,}")]
    lines = (
        say(
            language,
            "ballots.differ.one",
            project=each.project,
            column=each.column,
            published=f"{each.published:f}",
            counted=f"{each.counted:f}",
        )
        for each in count.differences[:SHOWN]
    )
    head = say(language, "ballots.differ", count=len(count.differences), compared=f"{count.compared:,}")
    return [head, *_indented(lines, len(count.differences), language)]


def remarks(report: Report, language: str) -> list[str]:
    """What was wrong with the file itself."""
    if not report.remarks:
        return []
    lines = (
        _where(each, language) + say(language, f"ballots.file.{each.problem}", value=each.value)
        for each in report.remarks[:SHOWN]
    )
    head = say(language, "ballots.file.title", count=len(report.remarks))
    return [head, *_indented(lines, len(report.remarks), language)]


def _where(remark: Remark, language: str) -> str:
    """Line and field of a remark, as far as it has them."""
    if not remark.row:
        return f"META, {remark.field}: "
    told = say(language, "ballots.file.where", row=remark.row, field=remark.field)
    return f"{told.rstrip(', 、')}: "


def ties(outcome: Outcome, language: str) -> list[str]:
    """The ties that matter, how they were broken and what another break would change."""
    matter = [each for each in outcome.ties if each.changes]
    told = [_tie(outcome, each, language) for each in matter[:SHOWN]]
    return [*told, *_indented((), len(matter) - len(told), language)]


def _tie(outcome: Outcome, tie: BrokenTie, language: str) -> str:
    nobody = say(language, "ballots.tie.nobody")
    changes = (
        say(
            language,
            "ballots.tie.change",
            first=each.first,
            gained=_comma(language, each.gained) or nobody,
            lost=_comma(language, each.lost) or nobody,
        )
        for each in tie.changes
    )
    return say(
        language,
        "ballots.tie",
        rule=rule(outcome.rule, language),
        projects=_comma(language, tie.projects),
        by=say(language, f"ballots.tie.{tie.by}", first=tie.first),
        changes=("" if language == "ja" else " ").join(changes),
    )


def facts(outcome: Outcome, language: str) -> list[str]:
    """What a rule says besides: the money of a voter, the rounds of a run-off, who beats everyone."""
    told, name = outcome.facts, rule(outcome.rule, language)
    found = []
    if told.get("raised") and told.get("added") != ():
        share, raised = f"{told['share']:,.2f}", f"{told['raised']:,}"
        found.append(say(language, "ballots.fact.share", rule=name, share=share, raised=raised))
    if "prefer_shares" in told:
        shares, greedy = f"{told['prefer_shares']:,}", f"{told['prefer_greedy']:,}"
        found.append(say(language, "ballots.fact.prefer", rule=name, shares=shares, greedy=greedy))
    if "condorcet" in told:
        key = "ballots.fact.condorcet" if told["condorcet"] is not None else "ballots.fact.no_condorcet"
        found.append(say(language, key, name=told["condorcet"]))
    for number, tally in enumerate(told.get("rounds", ()), 1):
        counts = _comma(language, (f"{id} {n}" for id, n in sorted(tally.items(), key=lambda each: -each[1])))
        found.append(say(language, "ballots.fact.round", round=number, tally=counts))
    return found


def official(found: Official | None, language: str) -> list[str]:
    """The official outcome beside the rules, and what explains it."""
    if found is None:
        return [say(language, "ballots.official.none")]
    reasons = [_reason(reason, language) for reason in found.reasons]
    base = rule(found.base, language)
    if found.reproduced:
        return [say(language, "ballots.official.reproduced", rule=base), *_others(found, language), *reasons]
    if found.base in found.same:
        head = say(language, "ballots.official.unnamed", rule=found.rule, base=base)
        return [head, *_others(found, language), *reasons]
    nobody = say(language, "ballots.tie.nobody")
    missing, added = _comma(language, found.missing) or nobody, _comma(language, found.added) or nobody
    head = say(language, "ballots.official.differs", base=base, missing=missing, added=added)
    verdict = [say(language, f"ballots.official.{found.explained}")] if found.explained != "open" else []
    return [head, *reasons, *verdict]


def _others(found: Official, language: str) -> list[str]:
    others = [rule(each, language) for each in found.same if each != found.base]
    return [say(language, "ballots.official.same", rules=_comma(language, others))] if others else []


def _reason(reason: Reason, language: str) -> str:
    values = dict(reason.values)
    if reason.kind == "parts":
        values["budgets"] = _comma(language, (_part(name, each, language) for name, each in values["budgets"].items()))
    if "rules" in values:
        values["rules"] = _comma(language, (rule(each, language) for each in values["rules"]))
    if "others" in values:
        values["others"] = _comma(language, values["others"])
    if "column" in values:
        values["column"] = say(language, f"ballots.part.{values['column']}")
    for key in ("low", "high", "budget", "amount", "cost"):
        if values.get(key) is not None:
            values[key] = _amount(values[key])
    if "rule" in values:
        values["rule"] = rule(values["rule"], language)
    kind = "budget.least" if reason.kind == "budget" and values["high"] is None else reason.kind
    return say(language, f"ballots.why.{kind}", projects=_comma(language, reason.projects), **values)


def _part(name: str, budgets: list[str | None], language: str) -> str:
    low, high = (each and _amount(each) for each in budgets)
    key = "ballots.why.parts.one" if high is not None else "ballots.why.parts.least"
    return say(language, key, name=name, low=low, high=high)


def _amount(text: str) -> str:
    return f"{Decimal(text):,f}"


def outcome_word(report: Report, language: str) -> str:
    """The official outcome in a word, for a summary of many files."""
    found = report.official
    if found is None:
        return say(language, "ballots.outcome.none")
    if found.reproduced:
        return say(language, "ballots.outcome.reproduced")
    if found.base in found.same:
        return say(language, "ballots.outcome.same", rule=rule(found.base, language))
    return say(language, f"ballots.outcome.{found.explained}")


def recount_word(report: Report, language: str) -> str:
    """The recount in a word."""
    if not report.count.compared:
        return say(language, "ballots.recount.silent")
    if not report.count.differences:
        return say(language, "ballots.recount.agrees")
    return say(language, "ballots.recount.differs", count=len(report.count.differences))


def _indented(lines: Iterable[str], total: int, language: str) -> list[str]:
    told = [f"  {line}" for line in lines]
    rest = total - len(told)
    return [*told, "  " + say(language, "ballots.more", count=f"{rest:,}")] if rest > 0 else told


def _comma(language: str, parts: Iterable[str]) -> str:
    return ("、" if language == "ja" else ", ").join(parts)
