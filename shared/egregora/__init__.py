"""Egregora turns a group's chat history into a living website."""

__version__ = "0.2.0"
