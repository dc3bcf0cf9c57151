"""Whether a newer schema still keeps what an older one promised: inside a version changes are additive and optional only."""

from collections.abc import Iterator, Mapping
from typing import Any

_PROSE = frozenset({"title", "description", "examples", "$schema", "$id", "$defs", "$comment", "default"})
_STRUCTURE = frozenset({"properties", "required", "enum", "const", "anyOf", "items", "additionalProperties", "$ref"})

Schema = Mapping[str, Any]


def breaks(old: Schema, new: Schema) -> list[str]:
    """What in `new` a reader or an event of `old` would stumble over, as sentences; empty when the change is additive.

    Allowed: a new field that is not required, a new value of an enumeration, prose. Not allowed: a field that is gone,
    newly required or no longer sure to be there, a value that is gone, any other type or limit.
    """
    return sorted(set(_compare(old, new, old, new, "data", ())))


def _compare(old: Schema, new: Schema, old_root: Schema, new_root: Schema, where: str, seen: tuple[tuple[int, int], ...]) -> Iterator[str]:
    old, new = _resolved(old, old_root), _resolved(new, new_root)
    pair = (id(old), id(new))
    if pair in seen:
        return
    deeper = (*seen, pair)
    for name in sorted((old.keys() | new.keys()) - _PROSE - _STRUCTURE):
        if old.get(name) != new.get(name):
            yield f"{where}: {name} was {old.get(name)!r} and is {new.get(name)!r}"
    yield from _values(old, new, where)
    yield from _required(old, new, where)
    for name, field in old.get("properties", {}).items():
        if name not in new.get("properties", {}):
            yield f"{where}.{name} is gone"
        else:
            yield from _compare(field, new["properties"][name], old_root, new_root, f"{where}.{name}", deeper)
    for name in ("items", "additionalProperties"):
        yield from _inner(old.get(name), new.get(name), old_root, new_root, f"{where}.{name}", deeper)
    choices, news = old.get("anyOf", []), new.get("anyOf", [])
    if len(choices) != len(news):
        yield f"{where}: had {len(choices)} kinds of value and has {len(news)}"
    else:
        for index, (before, after) in enumerate(zip(choices, news, strict=True)):
            yield from _compare(before, after, old_root, new_root, f"{where}|{index}", deeper)


def _inner(old: Any, new: Any, old_root: Schema, new_root: Schema, where: str, seen: tuple[tuple[int, int], ...]) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _compare(old, new, old_root, new_root, where, seen)
    elif old != new:
        yield f"{where} was {old!r} and is {new!r}"


def _values(old: Schema, new: Schema, where: str) -> Iterator[str]:
    before, after = _allowed(old), _allowed(new)
    if before is None and after is not None:
        yield f"{where} is limited to {sorted(map(str, after))}"
    elif before is not None and after is None:
        yield f"{where} is no longer one of {sorted(map(str, before))}"
    elif before is not None and after is not None:
        for value in before:
            if value not in after:
                yield f"{where} can no longer be {value!r}"


def _required(old: Schema, new: Schema, where: str) -> Iterator[str]:
    before, after = set(old.get("required", ())), set(new.get("required", ()))
    yield from (f"{where}.{name} is required now" for name in after - before)
    yield from (f"{where}.{name} is no longer sure to be there" for name in before - after if name in new.get("properties", {}))


def _allowed(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    enum = schema.get("enum")
    return None if enum is None else list(enum)


def _resolved(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    return schema
