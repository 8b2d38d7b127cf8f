"""A passkey in software, which registers at a site and signs its challenges as a device does."""

import base64
import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, WITH_KEY = 1, 4, 64


def base64url(value: bytes) -> str:
    """Return bytes as base64url without padding, as in the JSON of WebAuthn."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


class Authenticator:
    """A device with one passkey.

    Attributes:
        origin: the origin that the browser reports.
        count: the signature counter, which every answer contains.
    """

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.count = 0
        self.credential_id = secrets.token_bytes(16)
        self._key = ec.generate_private_key(ec.SECP256R1())

    def make(self, options: dict[str, Any]) -> str:
        """Return the answer of ``navigator.credentials.create`` as JSON."""
        numbers = self._key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        length = len(self.credential_id).to_bytes(2)
        credential = bytes(16) + length + self.credential_id + cbor2.dumps(key)
        data = (
            self._authenticator_data(options["rp"]["id"], PRESENT | VERIFIED | WITH_KEY)
            + credential
        )
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = self._client_data("webauthn.create", options)
        return self._json(clientDataJSON=client_data, attestationObject=attested)

    def answer(self, options: dict[str, Any], *, verified: bool = True) -> str:
        """Return the answer of ``navigator.credentials.get`` as JSON."""
        self.count += 1
        data = self._authenticator_data(options["rpId"], PRESENT | (VERIFIED if verified else 0))
        client_data = self._client_data("webauthn.get", options)
        to_sign = data + hashlib.sha256(client_data).digest()
        signature = self._key.sign(to_sign, ec.ECDSA(hashes.SHA256()))
        return self._json(clientDataJSON=client_data, authenticatorData=data, signature=signature)

    def _authenticator_data(self, host: str, flags: int) -> bytes:
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _client_data(self, kind: str, options: dict[str, Any]) -> bytes:
        data = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(data).encode()

    def _json(self, **response: bytes) -> str:
        key_id = base64url(self.credential_id)
        encoded = {name: base64url(value) for name, value in response.items()}
        return json.dumps(
            {"id": key_id, "rawId": key_id, "type": "public-key", "response": encoded}
        )
