"""The language that the reader of an answer asked for: Accept-Language of RFC 9110, section 12.5.4."""

import re

from aiohttp import web

from shared.contracts.text import LANGUAGES, Language

_RANGE = re.compile(r"([a-z]{1,8}|\*)(?:-[a-z0-9]{1,8})*(?:[ \t]*;[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?", re.IGNORECASE)
_UNNAMED = 0.0001
"""Less than any weight that can be given, and more than that of what is refused."""


def language_of(request: web.Request) -> Language:
    return preferred(",".join(request.headers.getall("Accept-Language", ())))


def preferred(accepted: str) -> Language:
    """Of our languages the one that weighs most, of equal ones the first that is named, else English. Chinese is one, whatever its script
    or country; what cannot be read of the header does not count.
    """
    weights: dict[str, float] = {}
    for item in accepted.split(","):
        if found := _RANGE.fullmatch(item.strip()):
            name, weight = found[1].lower(), float(found[2] or 1)
            weights[name] = max(weight, weights.get(name, 0))
    ours = {language.partition("-")[0]: language for language in LANGUAGES}
    # Of equal ones max takes the first.
    best = max([*(name for name in weights if name in ours), *ours], key=lambda name: weights.get(name, weights.get("*", _UNNAMED)))
    return ours[best]
