"""A passkey in software: makes what a browser and its authenticator would answer, and every mistake on request."""

import base64
import hashlib
import json
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def coded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class SoftwarePasskey:
    """Counts its uses; `origin` and `flags` may be changed to lie."""

    def __init__(self, origin: str = "http://localhost:8000", name: bytes = b"a made credential") -> None:
        self.origin = origin
        self.flags = PRESENT | VERIFIED
        self.count = 0
        self._id = name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._user: bytes | None = None
        self._party = ""

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.create()` answers."""
        self._user, self._party = decoded(options["user"]["id"]), options["rp"]["id"]
        numbers = self._key.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})
        attested = bytes(16) + len(self._id).to_bytes(2) + self._id + public
        data = self._data(self.flags | ATTESTED) + attested
        answer = {"fmt": "none", "attStmt": {}, "authData": data}
        return self._answer(
            {
                "clientDataJSON": coded(self._client("webauthn.create", options["challenge"])),
                "attestationObject": coded(cbor2.dumps(answer)),
                "transports": ["internal"],
            }
        )

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.get()` answers."""
        self.count += 1
        data, client = self._data(self.flags), self._client("webauthn.get", options["challenge"])
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": coded(client),
                "authenticatorData": coded(data),
                "signature": coded(signature),
                "userHandle": coded(self._user or b""),
            }
        )

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self._party.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, response: dict[str, Any]) -> dict[str, Any]:
        return {"id": coded(self._id), "rawId": coded(self._id), "type": "public-key", "response": response}
