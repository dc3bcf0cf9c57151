"""The broker: its configuration, and its users, streams and consumers."""
