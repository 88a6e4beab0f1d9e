"""What can go wrong, said to the person who must act: what, where, and what to do.

```
NorenError
├── BadInput            400  the request or file is wrong; nothing was changed
│   ├── UnknownContext  504  a payload names an @context that this city does not hold
│   └── TooLarge        413  larger than this city accepts
├── NotAllowed          403  speaks only of declarations: principal, purpose, type, attribute
├── NotSignedIn         401  a token is missing, expired or forged
├── NotFound            404  absent, or not to be disclosed
├── AlreadyExists       409  the id is taken
├── Conflict            422  well-formed, but it contradicts what stands
│   └── Unproven        422  a proof or signature does not hold
├── TooMany             429  too often in too short a time
└── Unavailable         503  something that Noren depends on does not answer
```

>>> str(BadInput("The latitude is not a number.", where="stations.csv, row 7, column lat", hint="Correct the cell."))
'The latitude is not a number. (stations.csv, row 7, column lat) Correct the cell.'
"""

from __future__ import annotations


class NorenError(Exception):
    """Base of all errors; `status` is the HTTP status and `kind` the NGSI-LD error name (CIM 009, 5.5.2)."""

    status = 500
    kind = "InternalError"

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what, self.where, self.hint = what, where, hint
        super().__init__(" ".join(part for part in (what, f"({where})" if where else "", hint) if part))


class BadInput(NorenError):
    """The request or file is wrong; nothing of it was kept."""

    status, kind = 400, "BadRequestData"


class UnknownContext(BadInput):
    """A payload names an @context that this city does not hold."""

    status, kind = 504, "LdContextNotAvailable"


class TooLarge(BadInput):
    """Larger than this city accepts."""

    status, kind = 413, "TooComplexQuery"


class NotAllowed(NorenError):
    """The curtain stays down; the text names declarations only, never an entity or a person."""

    status, kind = 403, "AccessDenied"


class NotSignedIn(NorenError):
    """A token is missing, expired or forged."""

    status, kind = 401, "Unauthorized"


class NotFound(NorenError):
    """Absent, or not to be disclosed: the caller cannot tell which."""

    status, kind = 404, "ResourceNotFound"


class AlreadyExists(NorenError):
    """The id is taken."""

    status, kind = 409, "AlreadyExists"


class Conflict(NorenError):
    """Well-formed, but it contradicts what stands."""

    status, kind = 422, "OperationNotSupported"


class TooMany(NorenError):
    """Too often in too short a time; `after_s` seconds later it is taken."""

    status, kind = 429, "TooManyRequests"

    def __init__(self, what: str, *, after_s: float, where: str = "", hint: str = "") -> None:
        super().__init__(what, where=where, hint=hint)
        self.after_s = after_s


class Unproven(Conflict):
    """A proof or signature does not hold."""


class Unavailable(NorenError):
    """Something that Noren depends on does not answer."""

    status, kind = 503, "Unavailable"
