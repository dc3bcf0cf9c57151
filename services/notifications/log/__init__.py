"""Reading what was decided and what became of it."""
