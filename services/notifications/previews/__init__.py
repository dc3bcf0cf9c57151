"""What would be told, before it is."""
