"""Agents: the Enricher reads a window and says what is in it; the Writer turns that into posts.

reading = Reading(messages, context, people, bytes_per_token)
desk = Desk(model, Ledger(blobs), make_recipe(load_prompts(), settings), key)
enriched = Enricher(desk).enrich(reading)
written = Writer(desk).write(reading, enriched.enrichment)
"""
