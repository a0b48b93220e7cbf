"""The chain: batches of digests, each signed together with the one before; pure, so that verifying works offline."""

from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final, Protocol

import msgspec

Leaf = tuple[int, bytes]
"""The position of an entry, and the SHA-256 of the rest of it."""
_POSITION: Final = 8
_LEAF: Final = _POSITION + 32
_SALT: Final = b"docchain audit checkpoint 1\n"
_ENCODE: Final = msgspec.json.Encoder(order="sorted").encode
NOTHING: Final = "0" * 64
"""What the first checkpoint of a chain follows."""


class Signer(Protocol):
    @property
    def public_key(self) -> str: ...
    def sign(self, message: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed statement: these entries, in this order, behind those of the checkpoint before."""

    chain: str
    number: int
    first: int
    last: int
    leaves: bytes
    previous: str
    digest: str
    sealed_at: str
    public_key: str
    signature: str

    def leaf_list(self) -> Iterator[Leaf]:
        for start in range(0, len(self.leaves), _LEAF):
            leaf = self.leaves[start : start + _LEAF]
            yield int.from_bytes(leaf[:_POSITION], "big"), leaf[_POSITION:]

    def true_digest(self) -> str:
        """What the digest has to be."""
        told = {
            "chain": self.chain,
            "number": self.number,
            "first": self.first,
            "last": self.last,
            "previous": self.previous,
            "sealed_at": self.sealed_at,
            "leaves": sha256(self.leaves).hexdigest(),
        }
        return sha256(_SALT + _ENCODE(told)).hexdigest()

    def to_json(self) -> dict[str, Any]:
        told = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return told | {"leaves": b64encode(self.leaves).decode()}

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "Checkpoint":
        return cls(**(told | {"leaves": b64decode(told["leaves"], validate=True)}))


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends."""

    number: int = 0
    digest: str = NOTHING


def seal(chain: str, head: Head, leaves: Sequence[Leaf], sealed_at: str, signer: Signer) -> Checkpoint:
    """Sign the next batch of a chain."""
    packed = b"".join(position.to_bytes(_POSITION, "big") + digest for position, digest in leaves)
    made = Checkpoint(
        chain,
        head.number + 1,
        leaves[0][0],
        leaves[-1][0],
        packed,
        head.digest,
        "",
        sealed_at,
        signer.public_key,
        "",
    )
    told = made.true_digest()
    signature = b64encode(signer.sign(_signed(told))).decode()
    return replace(made, digest=told, signature=signature)


def _signed(digest: str) -> bytes:
    return _SALT + bytes.fromhex(digest)


def is_signed(checkpoint: Checkpoint) -> bool:
    """Whether the checkpoint's own key signed its digest."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - heavy, and few commands verify
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - the same

    try:
        key = Ed25519PublicKey.from_public_bytes(b64decode(checkpoint.public_key, validate=True))
        key.verify(b64decode(checkpoint.signature, validate=True), _signed(checkpoint.digest))
    except (InvalidSignature, ValueError):
        return False
    return True
