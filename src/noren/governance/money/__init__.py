"""Money: who pays for what is done together, whether it is worth it, and what to choose under a budget.

Plain calculations on files and records, no city needed. Names to know: `allocate` (the rules for sharing), `appraise`
(worth, risk, balance) and `choose` (a portfolio). docs/money.md says in plain words which rule to use when.

>>> shared = allocate(problem(Asked(claims={"A": 100, "B": 200, "C": 300}, estate=200)))
>>> [share.yen for share in shared.under("talmud").shares]
[50, 75, 75]
"""

from noren.governance.money.allocation import Allocation, Share, Shared, allocate
from noren.governance.money.appraisal import Appraisal, appraise
from noren.governance.money.case import Case
from noren.governance.money.performance import Performance, Use, measure
from noren.governance.money.plans import Plan
from noren.governance.money.portfolio import Choice, choose
from noren.governance.money.problem import Asked, Problem, problem

__all__ = [
    "Allocation",
    "Appraisal",
    "Asked",
    "Case",
    "Choice",
    "Performance",
    "Plan",
    "Problem",
    "Share",
    "Shared",
    "Use",
    "allocate",
    "appraise",
    "choose",
    "measure",
    "problem",
]
