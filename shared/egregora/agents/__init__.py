"""Agents: the Enricher reads a window and says what is in it; the Writer turns that into posts."""
