"""The embedded run: the real servers and the four services on one machine, started and stopped together."""
