"""Text for people: templates in a sandbox, dates and quantities in words."""
