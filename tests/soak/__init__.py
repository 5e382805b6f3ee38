"""A deployment under load whose processes are killed, whose services fail and whose servers restart, and what is left.

load ──uploads──► stack ◄──kills, restarts, faults── trouble
                    │
                 counted in a ledger ──► at rest: verdict, figures
"""
