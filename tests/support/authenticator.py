"""A passkey in software: makes a key for a site and answers its questions, as a device does."""

import base64
import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, WITH_KEY = 1, 4, 64


def encoded(value: bytes) -> str:
    """Return base64url without padding, as WebAuthn writes bytes in JSON."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


class Authenticator:
    """One device with one passkey.

    Attributes:
        origin: where the browser says it is.
        count: how often it has signed, which it tells the site.
    """

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.count = 0
        self.credential_id = secrets.token_bytes(16)
        self._key = ec.generate_private_key(ec.SECP256R1())

    def make(self, options: dict[str, Any]) -> str:
        """Answer ``navigator.credentials.create``."""
        numbers = self._key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        length = len(self.credential_id).to_bytes(2)
        held = bytes(16) + length + self.credential_id + cbor2.dumps(key)
        data = self._data(options["rp"]["id"], PRESENT | VERIFIED | WITH_KEY) + held
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        said = self._said("webauthn.create", options)
        return self._json(clientDataJSON=said, attestationObject=attested)

    def answer(self, options: dict[str, Any], *, verified: bool = True) -> str:
        """Answer ``navigator.credentials.get``."""
        self.count += 1
        data = self._data(options["rpId"], PRESENT | (VERIFIED if verified else 0))
        said = self._said("webauthn.get", options)
        signed = data + hashlib.sha256(said).digest()
        signature = self._key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._json(clientDataJSON=said, authenticatorData=data, signature=signature)

    def _data(self, host: str, flags: int) -> bytes:
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _said(self, kind: str, options: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(said).encode()

    def _json(self, **response: bytes) -> str:
        own = encoded(self.credential_id)
        said = {name: encoded(value) for name, value in response.items()}
        return json.dumps({"id": own, "rawId": own, "type": "public-key", "response": said})
