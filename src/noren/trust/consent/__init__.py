"""Consent: one recipient, one purpose, named attributes, for a time; understood before it is given, ended in a second.

Names to know: `Offer` (what a recipient asks), `Questions` (the notice, and one question that shows it was
understood), `Record` (what was allowed, as ISO/IEC TS 27560 has it). Beside them: who may act for somebody
(`standing.py`), what is shown when nobody can consent (`emergency.py`), what a resident gets
(`points.py`) and is told (`told.py`).

>>> offer = Offer(
...     recipient="shizuka", recipient_name={"en": "Shizuka Clinic"}, recipient_kind="health",
...     recipient_contact="desk@clinic.example", holder="town", purpose="health-care",
...     attributes=("Person.birthDate",), days=90, benefit={"en": "Shorter waiting."}, jurisdiction="JP",
... )
>>> notice(offer, "en", lambda name, language: "Date of birth").sentences[0]
'Shizuka Clinic will get what is listed below, and nobody else will.'
>>> record = given(offer, Shown("0" * 64, "en"), subject="7f", at=0.0)
>>> record.holds(now=60.0), record.then("withdrawn", 120.0, "self").holds(now=121.0)
(True, False)
"""

from noren.trust.consent.notice import Notice, notice
from noren.trust.consent.offer import Offer, checked
from noren.trust.consent.question import Question, Questions, Shown
from noren.trust.consent.record import Event, Record, document, given, receipt

__all__ = [
    "Event",
    "Notice",
    "Offer",
    "Question",
    "Questions",
    "Record",
    "Shown",
    "checked",
    "document",
    "given",
    "notice",
    "receipt",
]
