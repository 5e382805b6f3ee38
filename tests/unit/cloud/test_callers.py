from __future__ import annotations

from collections.abc import Iterator

import pytest
from werkzeug.datastructures import Headers

from egregora.cloud.callers import KEPT, Callers
from egregora.errors import Retry
from egregora.settings import CallerSettings
from egregora.testing import ManualClock
from servers.cloud_tasks.tokens import Issuer, issuer
from servers.tools import free_port

AUDIENCE, CALLER = "https://process.example", "invoker@project.iam.gserviceaccount.com"


@pytest.fixture(scope="module")
def signing() -> Iterator[Issuer]:
    with issuer() as one:
        yield one


def callers(certificates: str, clock: ManualClock | None = None, **changes: object) -> Callers:
    told = {"audience": AUDIENCE, "emails": (CALLER,), "certificates": certificates, **changes}
    clock = clock or ManualClock()
    return Callers(CallerSettings.model_validate(told), lambda: clock.now().timestamp())


def bearing(token: str) -> Headers:
    return Headers({"Authorization": f"Bearer {token}"})


def test_a_token_of_ours_is_welcome(signing: Issuer) -> None:
    assert callers(signing.certificates).refusal(bearing(signing.token(CALLER, AUDIENCE))) is None


def test_where_no_audience_is_set_nothing_is_checked() -> None:
    assert Callers(CallerSettings(), lambda: 0.0).refusal(Headers()) is None


@pytest.mark.parametrize("given", ["", "Basic YTpi", "Bearer", "Bearer ", "Bearer a.b.c", "Bearer \xff"])
def test_what_is_no_token_is_refused(signing: Issuer, given: str) -> None:
    refusal = callers(signing.certificates).refusal(Headers({"Authorization": given}))
    assert refusal
    assert refusal.status == 401
    assert "\n" not in refusal.text


def test_a_token_that_has_expired_is_refused(signing: Issuer) -> None:
    refusal = callers(signing.certificates).refusal(bearing(signing.token(CALLER, AUDIENCE, lasts=-60)))
    assert refusal
    assert refusal.status == 401


def test_a_token_signed_by_another_key_is_refused(signing: Issuer) -> None:
    with issuer() as stranger:
        refusal = callers(signing.certificates).refusal(bearing(stranger.token(CALLER, AUDIENCE)))
    assert refusal
    assert refusal.status == 401


@pytest.mark.parametrize(
    ("email", "audience"), [(CALLER, "https://publish.example"), ("somebody@else.iam.gserviceaccount.com", AUDIENCE)]
)
def test_a_token_for_another_function_or_of_another_caller_is_forbidden(
    signing: Issuer, email: str, audience: str
) -> None:
    refusal = callers(signing.certificates).refusal(bearing(signing.token(email, audience)))
    assert refusal
    assert refusal.status == 403


def test_where_no_caller_is_named_nobody_may_call(signing: Issuer) -> None:
    refusal = callers(signing.certificates, emails=()).refusal(bearing(signing.token(CALLER, AUDIENCE)))
    assert refusal
    assert refusal.status == 403


def test_certificates_are_kept_for_a_while_and_then_fetched_again() -> None:
    clock = ManualClock()
    with issuer() as signing:
        token = bearing(signing.token(CALLER, AUDIENCE))
        checking = callers(signing.certificates, clock)
        assert checking.refusal(token) is None
    clock.advance(KEPT - 1)
    assert checking.refusal(token) is None  # though nobody serves them any more
    clock.advance(2)
    with pytest.raises(Retry):
        checking.refusal(token)


def test_certificates_that_cannot_be_had_are_an_outage() -> None:
    checking = callers(f"http://127.0.0.1:{free_port()}/certificates")
    with pytest.raises(Retry):
        checking.refusal(bearing("a.b.c"))
