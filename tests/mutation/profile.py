"""Few examples and always the same ones: a mutant is killed or survives by what the tests say, not by luck."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "mutation",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
    database=None,
    max_examples=25,
    phases=[Phase.explicit, Phase.generate],  # that a test fails is all that is asked, not the smallest example
    report_multiple_bugs=False,
)
