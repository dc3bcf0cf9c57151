"""`python -m shared.contracts [folder]`: rewrite the documents of the events, under docs/ if no other folder is named.

Refuses to overwrite a schema that others may rely on with one that breaks it, unless `--break` is given.
"""

import argparse
import sys
from pathlib import Path

import orjson

from shared.contracts.documents import SCHEMAS, breaks, documents


def write(folder: Path, allow_breaks: bool = False) -> list[str]:
    """Rewrite every document; returns the sentences of what breaks and writes nothing when something does and may not."""
    made = documents()
    broken = [
        f"{path.stem}: {sentence}"
        for path, text in made.items()
        if path.parent == SCHEMAS and (folder / path).exists()
        for sentence in breaks(orjson.loads((folder / path).read_bytes()), orjson.loads(text))
    ]
    if broken and not allow_breaks:
        return broken
    for path, text in made.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    for stray in (folder / SCHEMAS).glob("*.json"):
        if SCHEMAS / stray.name not in made:
            broken.append(f"{stray.stem}: nobody tells it any more")
            if allow_breaks:
                stray.unlink()
    return broken


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m shared.contracts", description="Rewrite the documents of the events.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parents[2] / "docs")
    parser.add_argument("--break", dest="allow", action="store_true", help="also over schemas that others may rely on")
    given = parser.parse_args()
    broken = write(given.folder, allow_breaks=given.allow)
    for sentence in broken:
        print(sentence, file=sys.stderr)
    if broken and not given.allow:
        print("make it a .v2 beside .v1, or give --break if nobody has ever received the .v1", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
