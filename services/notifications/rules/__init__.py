"""What is told to whom: rules as rows."""
