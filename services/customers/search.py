"""Search words as ILIKE patterns."""


def like(words: str | None) -> str | None:
    """A pattern for texts that contain `words` literally; None for no filter."""
    if words is None:
        return None
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
