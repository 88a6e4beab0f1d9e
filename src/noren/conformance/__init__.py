"""The Japanese model as numbered requirements, and a judge who holds a running city against them from outside.

What a city does is asked over its interfaces, like anybody would; another vendor's is asked in the same way. What
cannot be judged from outside is *not shown*, never passed. Names to know: `REQUIREMENTS`, `conform`, `City` (how it is
reached).

>>> from noren.conformance import REQUIREMENTS
>>> REQUIREMENTS["JM-4.1"].level
'MUST'
"""

from noren.conformance.finding import Finding
from noren.conformance.judging import Report, conform
from noren.conformance.reach import City
from noren.conformance.requirements import CHAPTERS, REQUIREMENTS, Requirement

__all__ = ["CHAPTERS", "REQUIREMENTS", "City", "Finding", "Report", "Requirement", "conform"]
