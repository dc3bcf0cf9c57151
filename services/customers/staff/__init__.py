"""The staff directory: who is who, and who stands in for whom."""
