"""A delay, walked through in a terminal: found, what if, the texts, yes, and who was told."""
