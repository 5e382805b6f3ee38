"""Servers that tests run against: real protocols on the loopback, started and stopped by the tests themselves."""
