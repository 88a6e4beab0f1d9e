"""Votes from their published ballots: the recount, the outcome under every rule, and what explains the official one.

Pure calculation on Pabulib's `.pb` files or on records in memory; no city is needed (docs/voting.md tells an officer
what each rule does). Names to know: `Election` with its `Project` and `Ballot`, `report`, `publish`.

>>> parks = [Project("swings", Decimal(5)), Project("trees", Decimal(3)), Project("bench", Decimal(2))]
>>> ballots = [Ballot("1", ("swings", "trees")), Ballot("2", ("swings",)), Ballot("3", ("trees", "bench"))]
>>> found = report(Election("approval", parks, ballots, budget=Decimal(7)))
>>> {outcome.rule: outcome.winners for outcome in found.outcomes}["greedy"]
('trees', 'bench')
>>> found.outcomes[0].ties[0].changes[0].gained
('swings',)
"""

from decimal import Decimal

from noren.civic.ballots.counting import Count, count
from noren.civic.ballots.election import Ballot, Election, Limits, Project, Remark
from noren.civic.ballots.official import Official, Reason
from noren.civic.ballots.report import Report, publish, report
from noren.civic.ballots.rules import RULES, Case, Outcome, Told, applicable, decide

__all__ = [
    "RULES",
    "Ballot",
    "Case",
    "Count",
    "Decimal",
    "Election",
    "Limits",
    "Official",
    "Outcome",
    "Project",
    "Reason",
    "Remark",
    "Report",
    "Told",
    "applicable",
    "count",
    "decide",
    "publish",
    "report",
]
