"""The archive: every message of a source, merged over all its exports, kept as content-addressed slices.

merge       one history out of two exports of one conversation
identify    an id for every message, stable under later merges
Spool       a whole export sorted into partitions in bounded memory
Slices      immutable runs of messages, by digest
Manifests   the plan of a partition: which slices, in which order
replan      the next plan, and what it replaces
"""
