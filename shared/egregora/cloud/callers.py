"""Who may call a function: whoever bears an OIDC token of ours, where the function is told to check."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from egregora.cloud.answers import Answer
from egregora.errors import Retry
from egregora.settings import CallerSettings

if TYPE_CHECKING:
    from google.auth.transport import Response
    from werkzeug.datastructures import Headers

KEPT = 600.0
"""Seconds that certificates are kept. Google publishes a new one days before the first token is signed by it."""
CLOCKS_DIFFER = 10
"""Seconds that the issuer's clock may be ahead or behind."""


class Callers:
    """Checks callers against settings; `seconds` is a clock that never goes back. Safe to use from several threads."""

    def __init__(self, settings: CallerSettings, seconds: Callable[[], float]) -> None:
        self._settings = settings
        self._fetch: Any = _Certificates(seconds)

    def refusal(self, headers: Headers) -> Answer | None:
        """Why a call is refused; None where it is welcome. Raises `Retry` where the certificates cannot be had."""
        if self._settings.audience is None:
            return None
        kind, _, token = headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            return Answer(401, "a caller's token is needed")
        claims = self._verified(token.strip())
        if claims is None:
            return Answer(401, "the caller's token is not valid or has expired")
        if claims.get("aud") != self._settings.audience:
            return Answer(403, "the caller's token is for another audience")
        if claims.get("email") not in self._settings.emails or claims.get("email_verified") is not True:
            return Answer(403, "this caller is not among those who may call")
        return None

    def _verified(self, token: str) -> Mapping[str, Any] | None:
        from google.auth.exceptions import GoogleAuthError, TransportError
        from google.oauth2.id_token import verify_token

        try:
            claims: Mapping[str, Any] = verify_token(
                token, self._fetch, certs_url=self._settings.certificates, clock_skew_in_seconds=CLOCKS_DIFFER
            )
        except TransportError as error:
            raise Retry("the certificates of callers' tokens cannot be fetched") from error
        except (GoogleAuthError, ValueError):
            return None
        return claims


class _Certificates:
    """A transport of google-auth that keeps what it fetched for a while."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._kept: tuple[float, Response] | None = None

    def __call__(self, url: str, method: str = "GET", **options: Any) -> Response:
        from google.auth.transport.requests import Request

        with self._lock:
            now = self._seconds()
            if self._kept is None or now - self._kept[0] > KEPT:
                answered: Response = Request()(url, method, **options)
                if answered.status != 200:
                    return answered
                self._kept = now, answered
            return self._kept[1]
