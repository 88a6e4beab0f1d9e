"""What is due when data about people is used: impact assessment, record of processing, and a page for residents.

All three are written from declarations (services, terms, purposes, rules in force) and from what people answered in
`privacy.toml`; nothing is asked twice. Names to know: `gather` (a city's inventory), `REPORTS` (documents from it),
`linked` (the record for programs), `declarations` (what programs judge by).

>>> from noren.governance.privacy import REPORTS
>>> sorted(REPORTS)
['impact', 'public', 'record']
"""

from __future__ import annotations

from collections.abc import Callable

from noren.governance.pages import Document
from noren.governance.privacy.answers import prepare
from noren.governance.privacy.checklist import REQUIREMENTS, asked
from noren.governance.privacy.declarations import declarations
from noren.governance.privacy.impact import impact
from noren.governance.privacy.inventory import Inventory, gather
from noren.governance.privacy.linked import linked
from noren.governance.privacy.public import public
from noren.governance.privacy.record import record

REPORTS: dict[str, Callable[[Inventory, str], Document]] = {"impact": impact, "record": record, "public": public}
"""Documents by name; each takes an inventory and a language in which plans are written."""
HUMAN = tuple(each.id for each in REQUIREMENTS if asked(each))
"""Requirements of the model policies that only people can judge."""

__all__ = ["HUMAN", "REPORTS", "Inventory", "declarations", "gather", "linked", "prepare"]
