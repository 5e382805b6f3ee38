"""Fuzzing what is read: known exports, damaged in ways that know their structure.

seeds       the authored cases, and those beside the project where they are
damage      bytes, lines, JSON values, names and zips changed at drawn places
promise     what must hold of whatever comes out
target      Hypothesis over both, which also makes what it finds small: `make fuzz`
"""
