"""A deployment in a Google Cloud project, and what its four functions share.

request ── callers ──► deployment, by the settings of this moment ──► work ──► answers
"""
