"""Ed25519 keys of logs and witnesses, as the C2SP specification signed-note writes them, with their names.

What is refused beyond RFC 8032: public keys that are not encoded canonically, are no point of the curve, or are of
small order (a signature by such a key can be made for any text without a private key). Signatures are checked without
the cofactor, as OpenSSL and Go do: R is the one encoding that the equation gives, so that an R that is not canonical
never holds, while one of small order does hold for a signer who knows the private key and wants it so.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
import string
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from noren.errors import BadInput
from noren.trust.tokens import write_secret

NOTE, COSIGNATURE = 1, 4
"""Kinds of signature: of a note, and of a witness with the time."""
_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL = frozenset((0, 1, _P - 1, _ORDER_8, _P - _ORDER_8))
"""Second coordinates of the eight points whose order divides eight."""
_PRIVATE = "PRIVATE+KEY+"


def decode(text: str, where: str) -> bytes:
    """Bytes of standard base64, written in the one canonical way; raises `BadInput`."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError) as error:
        raise BadInput("This is not base64.", where=where) from error
    if encode(raw) != text:
        raise BadInput("This base64 is not written in the usual way.", where=where)
    return raw


def encode(raw: bytes) -> str:
    """Standard base64, padded."""
    return base64.b64encode(raw).decode("ascii")


def check_name(name: str) -> None:
    """Raise `BadInput` for a name that a key cannot have: empty, with spaces, control characters or a plus."""
    if not name or "+" in name or any(letter.isspace() or letter < " " for letter in name):
        raise BadInput(
            "The name of a key is neither empty nor holds spaces or “+”.",
            where=repr(name),
            hint="Like city.example/log.",
        )


def check_point(raw: bytes) -> None:
    """Raise `BadInput` unless these are the 32 bytes of a public key that one can trust to belong to somebody."""
    if len(raw) != 32:
        raise BadInput("An Ed25519 key has 32 bytes.", where="public key")
    y = int.from_bytes(raw, "little") & ((1 << 255) - 1)
    if y >= _P:
        raise BadInput("This key is not written in the canonical way.", where="public key")
    if y in _SMALL:
        raise BadInput("This key is of small order: anybody could sign with it.", where="public key")
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    if pow(square, (_P - 1) // 2, _P) != 1:
        raise BadInput("This key is no point of the curve.", where="public key")


class Verifier:
    """Whose signatures hold: a name, a public key, and the kind of signature. Equal when all three are."""

    def __init__(self, name: str, raw: bytes, kind: int = NOTE) -> None:
        """Raises `BadInput` for a name or key that must not be used."""
        check_name(name)
        check_point(raw)
        if kind not in (NOTE, COSIGNATURE):
            raise BadInput(f"Signatures of kind {kind} are not known here.", where=name, hint="Ed25519: 1 or 4.")
        self.name, self.raw, self.kind = name, raw, kind
        self.id = key_id(name, kind, raw)

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """The key written as `name+id+base64`; raises `BadInput`."""
        name, _, rest = text.partition("+")
        id, _, coded = rest.partition("+")
        material = decode(coded, f"key {name}")
        if len(id) != 8 or not set(id) <= set(string.hexdigits) or len(material) != 33:
            raise BadInput("A key reads name+id+base64 of 33 bytes.", where=text[:200])
        key = cls(name, material[1:], material[0])
        if key.id != bytes.fromhex(id):
            raise BadInput("The id does not belong to this name and key.", where=text[:200], hint="Ask for it again.")
        return key

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{encode(bytes([self.kind]) + self.raw)}"

    def __repr__(self) -> str:
        return f"Verifier({self})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Verifier) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash((self.name, self.id))

    def holds(self, text: bytes, value: bytes) -> bool:
        """Whether `value` (64 bytes; a cosignature has 8 bytes of time before them) is this key's signature of
        `text`."""
        if self.kind == COSIGNATURE:
            if len(value) != 72 or value[0] & 0x80:
                return False
            text, value = cosigned(text, int.from_bytes(value[:8], "big")), value[8:]
        try:
            self._public.verify(value, text)
        except InvalidSignature:
            return False
        return True

    @cached_property
    def _public(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.raw)


class Signer:
    """A private key with its name; `verifier` is what others need."""

    def __init__(self, name: str, seed: bytes, kind: int = NOTE) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self._seed = seed
        self.verifier = Verifier(name, self._private.public_key().public_bytes_raw(), kind)

    @classmethod
    def new(cls, name: str, kind: int = NOTE) -> Signer:
        """A key that nobody had before."""
        return cls(name, secrets.token_bytes(32), kind)

    @classmethod
    def parse(cls, text: str) -> Signer:
        """The key written as `PRIVATE+KEY+name+id+base64`; raises `BadInput`, and never says what it read."""
        name, _, rest = text.strip().removeprefix(_PRIVATE).partition("+")
        id, _, coded = rest.partition("+")
        material = decode(coded, "private key")
        if not text.startswith(_PRIVATE) or len(material) != 33:
            raise BadInput("A private key reads PRIVATE+KEY+name+id+base64.", where="private key")
        signer = cls(name, material[1:], material[0])
        if signer.verifier.id.hex() != id:
            raise BadInput("The id does not belong to this name and key.", where="private key")
        return signer

    @classmethod
    def keep(cls, file: Path, name: str = "", kind: int = NOTE) -> Signer:
        """The key in `file`, made on first use when a name is given; raises `BadInput` when others may read the file,
        or it holds a key of another kind."""
        if not file.exists():
            if not name:
                raise BadInput("There is no key.", where=str(file), hint="Say its name, and it is made.")
            file.parent.mkdir(parents=True, exist_ok=True)
            write_secret(file, cls.new(name, kind).secret().encode())
        if file.stat().st_mode & 0o077:
            raise BadInput("Others may read the key.", where=str(file), hint=f"Run: chmod 600 {file}")
        try:
            signer = cls.parse(file.read_text("utf-8"))
        except (BadInput, UnicodeDecodeError) as error:
            raise BadInput("The key cannot be read.", where=str(file), hint="Restore it from its backup.") from error
        if signer.verifier.kind != kind or name not in ("", signer.verifier.name):
            raise BadInput("This is a key of another name or kind.", where=str(file), hint=str(signer.verifier))
        return signer

    def secret(self) -> str:
        """The private key in one line, for a file that only its owner reads."""
        key = self.verifier
        return f"{_PRIVATE}{key.name}+{key.id.hex()}+{encode(bytes([key.kind]) + self._seed)}\n"

    def sign(self, text: bytes, time: int = 0) -> bytes:
        """The signature of `text`; a cosignature says at which `time` (seconds since 1970)."""
        if self.verifier.kind == NOTE:
            return self._private.sign(text)
        return time.to_bytes(8, "big") + self._private.sign(cosigned(text, time))


def cosigned(text: bytes, time: int) -> bytes:
    """What a witness signs (C2SP tlog-cosignature): a line of its own first, so that it is mistaken for nothing
    else."""
    return f"cosignature/v1\ntime {time}\n".encode() + text


def key_id(name: str, kind: int, raw: bytes) -> bytes:
    """The four bytes by which a signature names its key."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + raw).digest()[:4]
