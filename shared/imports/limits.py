"""What an import may be at most. A file beyond a limit is refused as a whole, before anything is written."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one file. `unpacked` is the size of an XLSX without its compression, in bytes; `cells` the area of its sheet."""

    file_bytes: int = 32_000_000
    rows: int = 200_000
    columns: int = 500
    cell_chars: int = 32_767
    unpacked: int = 256 * 1024 * 1024
    cells: int = 10_000_000


LIMITS = Limits()
