"""The book: the city's basic plan, written from what stands in its entities, in English and Japanese.

Every chapter says what is there and, in plain words, what is not. Names to know: `gather` (a view's book), `document`
(the book in a language), `noren.governance.pages` (the document as web page and as PDF).

>>> from datetime import UTC, datetime
>>> from noren.governance.plan import Book, document
>>> empty = Book(city={"en": "Town"}, now=datetime(2026, 11, 26, tzinfo=UTC), timezone="UTC")
>>> [chapter.id for chapter in document(empty, "en").chapters][:4]
['people', 'knowledge', 'aims', 'issues']
"""

from __future__ import annotations

from noren.governance.plan.book import Book, gather
from noren.governance.plan.document import LANGUAGES, document, spoken

__all__ = ["LANGUAGES", "Book", "document", "gather", "spoken"]
