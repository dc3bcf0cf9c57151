"""Orders with the dates that their customer was told."""
