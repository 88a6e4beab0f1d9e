"""Every rule that a problem allows, each to the whole yen, with why each party pays or receives what it does."""

from __future__ import annotations

import msgspec
import numpy as np

from noren.errors import BadInput
from noren.governance.money import claims as rules
from noren.governance.money import core, nucleolus, shapley
from noren.governance.money.core import Objection
from noren.governance.money.problem import Problem
from noren.governance.money.words import Words, joined, money, percent, sentences, words
from noren.governance.money.yen import Floats, whole

PREFERRED = ("proposed", "nucleolus", "shapley", "talmud", "by-use", "by-benefit", "by-alone", "equal")


class Share(msgspec.Struct, frozen=True):
    """What one party pays or receives: whole yen, the exact sum, alone (where known), saved or gained, and why."""

    party: str
    name: Words
    yen: int
    exact: float
    alone: float | None
    better: float | None
    why: Words


class Allocation(msgspec.Struct, frozen=True):
    """One rule's answer; `stands` says whether no group would do better by itself (None: not to be known)."""

    rule: str
    name: Words
    meaning: Words
    shares: list[Share]
    stands: bool | None
    objection: Objection | None
    says: Words


class Shared(msgspec.Struct, frozen=True):
    """All answers to a problem: `total` in whole yen, `core` whether any shares at all satisfy every group."""

    title: Words
    form: str
    cost: bool
    total: int
    core: bool | None
    marks: list[Words]
    allocations: list[Allocation]

    def under(self, rule: str | None = None) -> Allocation:
        """The answer of one rule; without a name, of the first that applies in `PREFERRED`."""
        known = {each.rule: each for each in self.allocations}
        preferred = ("talmud", "proportional") if self.form == "claims" else PREFERRED
        for name in (rule,) if rule else preferred:
            if name in known:
                return known[name]
        raise BadInput(f"The rule {rule} does not apply here.", where="rule", hint=f"Known: {', '.join(known)}.")


def allocate(problem: Problem) -> Shared:
    """Share under every rule that applies. Exact sums are rounded by the largest remainder; nothing is lost."""
    total = round(problem.total)
    found = {rule: _answer(problem, rule, exact, total) for rule, exact in shares(problem).items()}
    empty = None
    if problem.game is not None:
        empty = nucleolus.least_excess(problem.game) > core.tolerance(problem.game) * 10
    marks = problem.marks + ([words("money.mark.noCore")] if empty else [])
    marks += [words("money.mark.fraction")] if abs(total - problem.total) > 1e-6 else []
    known = None if empty is None else not empty
    return Shared(problem.title, problem.form, problem.cost, total, known, marks, list(found.values()))


def shares(problem: Problem) -> dict[str, Floats]:
    """The exact shares of n parties by rule, `(n,)` each."""
    n = len(problem.parties)
    found = {} if problem.form == "claims" else {"equal": np.full(n, problem.total / n)}
    if problem.proposed is not None:
        found["proposed"] = problem.proposed
    for name, basis in problem.bases.items():
        if basis.sum():
            found[f"by-{name}"] = basis * (problem.total / basis.sum())
    return found | _of_claims(problem) | _of_games(problem)


def _of_claims(problem: Problem) -> dict[str, Floats]:
    wanted = problem.claims if problem.claims is not None else problem.bases.get("alone")
    if wanted is None or (problem.claims is None and not problem.cost) or problem.total > wanted.sum():
        return {}
    found = {"talmud": rules.talmud(wanted, problem.total)}
    if problem.claims is not None:
        found["proportional"] = rules.proportional(wanted, problem.total)
    found["equal-awards"] = rules.equal_awards(wanted, problem.total)
    found["equal-losses"] = rules.equal_losses(wanted, problem.total)
    return found


def _of_games(problem: Problem) -> dict[str, Floats]:
    if problem.form == "sizes" and problem.sizes is not None:
        return {"shapley": shapley.of_airport(problem.sizes), "nucleolus": nucleolus.of_airport(problem.sizes)}
    found = {}
    if problem.form == "tree" and problem.parents is not None and problem.sizes is not None:
        found["shapley"] = shapley.of_tree(problem.parents, problem.sizes)
    elif problem.game is not None:
        found["shapley"] = shapley.shapley(problem.game)
    if problem.game is not None:
        found["nucleolus"] = nucleolus.nucleolus(problem.game)
    return found


def _answer(problem: Problem, rule: str, exact: Floats, total: int) -> Allocation:
    game = problem.game
    objection = core.worst(game, exact) if game else None
    stands = core.stands(game, objection) if game else None
    kept = objection if game and not stands else None
    yen = whole(exact, total)
    each = [
        _share(problem, rule, party, yen[place], float(exact[place])) for place, party in enumerate(problem.parties)
    ]
    name, meaning = words(f"money.rule.{rule}"), words(f"money.meaning.{rule}")
    return Allocation(rule, name, meaning, each, stands, kept, _verdict(problem, stands, kept))


def _share(problem: Problem, rule: str, party: str, yen: int, exact: float) -> Share:
    alone = _alone(problem, party)
    better = None if alone is None else (alone - exact if problem.cost else exact - alone)
    why = sentences([_what(problem, party, yen, alone), words(f"money.meaning.{rule}")])
    return Share(party, problem.names[party], yen, exact, alone, better, why)


def _alone(problem: Problem, party: str) -> float | None:
    place = problem.parties.index(party)
    if problem.claims is not None:
        return None
    if problem.game is not None:
        return float(problem.game.alone[place])
    return float(problem.bases["alone"][place]) if "alone" in problem.bases else None


def _what(problem: Problem, party: str, yen: int, alone: float | None) -> Words:
    values: dict[str, object] = {"party": problem.names[party], "amount": money(yen)}
    if problem.claims is not None:
        claim = float(problem.claims[problem.parties.index(party)])
        return words("money.why.claim", **values, claim=money(claim), lacks=money(claim - yen))
    kind = "cost" if problem.cost else "benefit"
    if alone is None:
        return words(f"money.why.{kind}", **values)
    better = alone - yen if problem.cost else yen - alone
    values |= {"alone": money(alone), "better": money(abs(better))}
    values["share"] = percent(abs(better) / alone) if alone else "—"
    return words(f"money.why.{kind}.{'better' if better >= 0 else 'worse'}", **values)


def _verdict(problem: Problem, stands: bool | None, objection: Objection | None) -> Words:
    if stands is None:
        return words("money.core.unknown")
    if objection is None:
        return words("money.core.stands")
    who = joined(problem.names[name] for name in objection.members)
    kind = "cost" if problem.cost else "benefit"
    sums = {"gets": money(objection.gets), "alone": money(objection.alone), "better": money(objection.better)}
    return words(f"money.core.{kind}", group=who, **sums)
