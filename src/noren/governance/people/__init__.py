"""People ahead: how many, how old, what they need, and who is left to serve them.

Three names to know: `Population` (people by sex and age), `Rates` (what happens to them in a step) and `project`.
`look_ahead` does all of it for a folder of tables. In words: docs/people.md.

>>> import numpy as np
>>> from noren.governance.people import Population, Rates, project
>>> town = Population(2025, 5, np.full((2, 18), 100.0))
>>> quiet = Rates(np.ones((2, 19)), np.zeros(18), boys=1.05, migration=np.zeros((2, 18)))
>>> [step.after.between(0, 15) for step in project(town, [quiet] * 3)]
[400.0, 200.0, 0.0]
"""

from __future__ import annotations

from noren.governance.people.outlook import Outlook, look_ahead
from noren.governance.people.project import project
from noren.governance.people.records import Population, Rates, Step
from noren.governance.people.scenario import SCENARIOS, Scenario

__all__ = ["SCENARIOS", "Outlook", "Population", "Rates", "Scenario", "Step", "look_ahead", "project"]
