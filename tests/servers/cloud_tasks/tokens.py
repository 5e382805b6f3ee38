"""OIDC tokens as Google's, signed by a key of the tests' own, and the address at which its certificate is."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from google.auth import jwt
from google.auth.crypt import RSASigner

from servers.tools import answering

_KEY_ID = "test-key"
_HOUR = 3600


@dataclass(frozen=True)
class Issuer:
    """Signs tokens; `certificates` is the address of the certificate, in the form of Google's own."""

    signer: RSASigner
    certificates: str

    def token(self, email: str, audience: str, *, lasts: int = _HOUR) -> str:
        """A token of the service account `email` for `audience`; a negative `lasts` makes one that has expired."""
        now = int(time.time())
        claims = {
            "iss": "https://accounts.google.com",
            "aud": audience,
            "azp": email,
            "sub": email,
            "email": email,
            "email_verified": True,
            "iat": now - (0 if lasts > 0 else _HOUR),
            "exp": now + lasts,
        }
        return str(jwt.encode(self.signer, claims), "ascii")  # type: ignore[no-untyped-call]


@contextmanager
def issuer() -> Iterator[Issuer]:
    """An issuer with a new key, its certificate served over HTTP until the block ends."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    body = json.dumps({_KEY_ID: _certificate(key)}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            """Keep quiet."""

    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with answering(server):
        address = f"http://127.0.0.1:{server.server_address[1]}/certs"
        yield Issuer(RSASigner.from_string(pem, _KEY_ID), address)  # type: ignore[no-untyped-call]


def _certificate(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
    made = builder.not_valid_after(now + timedelta(days=365)).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()
