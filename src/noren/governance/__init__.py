"""The governing body's side of the loop: where the city wants to be, what is tried, what it costs, who gains.

Outcomes are planned backwards (`vision`, `backcast`), initiatives start only with their end stated (`initiatives`), and
trials are compared before they are decided (`trials`, `comparison`). The packages `money`, `people` and `assess`
calculate and need no city; `plan` writes all of it as a book, and `privacy` what is due when data about people is used.
Names to know: `vision.aim`, `trials.decide`, `comparison.effect`.

>>> from noren.governance.backcast import interim
>>> interim(2025, 40, 2035, 60)
{2030: 50.0, 2035: 60.0}
"""
