"""Reads what a handler takes and gives from its annotations."""

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from types import NoneType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, create_model

from shared.web.call import Call, Download, Reply, Upload

_NAME = re.compile(r"\{(\w+)\}")
_SEQUENCES = (list, tuple, set, frozenset)

# Business numbers are short; what is longer is no number of ours.
_PathText = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_PATH_KINDS: dict[Any, Any] = {str: _PathText, UUID: UUID, int: int, date: date}


@dataclass(frozen=True, slots=True)
class Signature:
    """Models that validate `path`, `query` and `body`; `answer` writes the answer, None without a model; a `versioned` one has an ETag.

    `together`: the handler takes several requests at once.
    """

    path: type[BaseModel] | None
    query: type[BaseModel] | None
    query_lists: frozenset[str]
    body: type[BaseModel] | None
    uploads: bool
    answer: TypeAdapter[Any] | None
    answers_nothing: bool
    versioned: bool
    downloads: bool
    together: bool


def read_signature(handler: Callable[..., Any], path: str) -> Signature:
    """TypeError when the annotations do not fit the path or the rules of `shared.web.routes`."""
    where = f"{handler.__module__}.{handler.__name__}"
    hints = get_type_hints(handler, include_extras=True)
    names = list(inspect.signature(handler).parameters)
    together = hints.get("calls") == Sequence[Call]
    if "return" not in hints or names[:1] not in (["call"], ["calls"]) or not (together or hints.get("call") is Call):
        raise TypeError(f"{where}: `call: Call` or `calls: Sequence[Call]` comes first, and the answer is annotated")
    if together:
        hints = {name: _each(hint, f"{where}: {name}") for name, hint in hints.items()}
    in_path = _NAME.findall(path)
    if unknown := set(names[1:]) - {*in_path, "query", "body"} or set(in_path) - set(names):
        raise TypeError(f"{where}: {', '.join(sorted(unknown))} is not in both the path and the signature")
    query, body, answer = hints.get("query"), hints.get("body"), hints["return"]
    return Signature(
        path=_path_model(handler.__name__, {name: hints[name] for name in in_path}, where),
        query=_model(query, where) if query is not None else None,
        query_lists=_lists(query) if query is not None else frozenset(),
        body=_model(body, where) if body not in (None, Upload) else None,
        uploads=body is Upload,
        answer=_answer(answer),
        answers_nothing=answer is NoneType,
        versioned="version" in getattr(_model_of(answer), "model_fields", ()),
        downloads=answer is Download,
        together=together,
    )


def _each(hint: Any, where: str) -> Any:
    """What the sequences of a handler of several requests hold for each; of its outcomes the good one."""
    if get_origin(hint) is not Sequence:
        raise TypeError(f"{where} is a Sequence, with one for each request")
    (each,) = get_args(hint)
    return get_args(each)[0] if get_origin(each) is Union else each


def _path_model(name: str, hints: dict[str, Any], where: str) -> type[BaseModel] | None:
    if not hints:
        return None
    fields: dict[str, Any] = {}
    for parameter, hint in hints.items():
        # Annotated[str, ...] may bring constraints of its own.
        kind = _PATH_KINDS.get(hint) or (hint if get_origin(hint) is Annotated else None)
        if kind is None:
            raise TypeError(f"{where}: {parameter} in the path is str, UUID, int or date")
        fields[parameter] = (kind, ...)
    return create_model(f"{name}_path", __config__=ConfigDict(frozen=True), **fields)


def _model(kind: Any, where: str) -> type[BaseModel]:
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        raise TypeError(f"{where}: query and body are pydantic models")
    return kind


def _lists(query: type[BaseModel]) -> frozenset[str]:
    """Names in the query string that may be given several times."""
    return frozenset(
        field.alias or name
        for name, field in query.model_fields.items()
        if any(get_origin(part) in _SEQUENCES or part in _SEQUENCES for part in (field.annotation, *get_args(field.annotation)))
    )


def _answer(kind: Any) -> TypeAdapter[Any] | None:
    model = _model_of(kind)
    return None if model in (NoneType, Download, Reply) else TypeAdapter(model)


def _model_of(answer: Any) -> Any:
    return get_args(answer)[0] if get_origin(answer) is Reply else answer
