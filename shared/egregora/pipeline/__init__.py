"""The use cases, on ports only: slicing, processing, publishing, reprocessing, and what they share.

upload ──► slicing ──► [window tasks] ──► processing ──► [publish task] ──► publishing ──► sinks
              ▲                              │  ▲
         reprocessing ───────────────────────┘  └── too large: two half windows back to the queue
"""
