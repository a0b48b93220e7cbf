"""Ciphers: AES-256-GCM, or a digest in its place where the operator encrypts otherwise; both find every changed bit."""

import hashlib
import hmac
from typing import Final, Protocol

KEY: Final = 32
NONCE: Final = 12
TAG: Final = 16
PLAIN: Final = 0
AES_256_GCM: Final = 1
CIPHERS: Final = {PLAIN: "none", AES_256_GCM: "aes-256-gcm"}


class Changed(Exception):
    """Bytes are not those that were sealed."""


class Cipher(Protocol):
    def seal(self, nonce: bytes, data: bytes, about: bytes) -> bytes: ...

    def open(self, nonce: bytes, sealed: bytes, about: bytes) -> bytes:
        """Raises `Changed` before a byte of it is seen."""
        ...


class Digested:
    """Not secret, but whatever is changed is noticed."""

    def seal(self, nonce: bytes, data: bytes, about: bytes) -> bytes:
        return data + _digest(nonce, data, about)

    def open(self, nonce: bytes, sealed: bytes, about: bytes) -> bytes:
        data, tag = sealed[:-TAG], sealed[-TAG:]
        if not hmac.compare_digest(_digest(nonce, data, about), tag):
            raise Changed
        return data


class Encrypted:
    """AES-256-GCM under one key; whoever calls never uses a nonce twice."""

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - not for a start

        self._aes = AESGCM(key)

    def seal(self, nonce: bytes, data: bytes, about: bytes) -> bytes:
        return self._aes.encrypt(nonce, data, about)

    def open(self, nonce: bytes, sealed: bytes, about: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 (the same)

        try:
            return self._aes.decrypt(nonce, sealed, about)
        except InvalidTag:
            raise Changed from None


def wrap(outer: bytes, nonce: bytes, key: bytes, about: bytes) -> bytes:
    """A key under another one; the nonce is random and stands before it."""
    return nonce + Encrypted(outer).seal(nonce, key, about)


def unwrap(outer: bytes, wrapped: bytes, about: bytes) -> bytes:
    return Encrypted(outer).open(wrapped[:NONCE], wrapped[NONCE:], about)


def _digest(nonce: bytes, data: bytes, about: bytes) -> bytes:
    digest = hashlib.blake2b(nonce, digest_size=TAG)
    digest.update(len(about).to_bytes(8, "big") + about)
    digest.update(data)
    return digest.digest()
