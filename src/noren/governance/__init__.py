"""The governing body's side of the loop: where the city wants to be, what is tried, what it costs, who gains.

In a city: `vision` (outcomes and their gap), `initiatives` (nothing starts without its end), `trials` (what they
showed, and the decision that is due); `undertaking`, `budget`, `life` and `ahead` tell the rest. Calculations
(`backcast`, `comparison`, `money`, `people`) need no city: a town office can use them on files alone.

>>> from noren.governance.backcast import Step, latest_starts
>>> latest_starts([Step("paths", 8, 2038, needs=("rule",)), Step("rule", 2, 2035)])
{'paths': 2030.0, 'rule': 2028.0}
"""
