"""What a service says of its API: the OpenAPI document, and a page to browse it with one stylesheet, no script, in English and Chinese."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from shared.contracts.text import LANGUAGES, Language
from shared.web.language import language_of
from shared.web.openapi import document
from shared.web.routes import Routes

_FOLDER = Path(__file__).parent
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

# fmt: off
TEXTS: Mapping[str, tuple[str, str]] = {
    "title":       ("API of gendan {service}", "gendan {service} 接口说明"),
    "lead":        ("Answers are JSON, but for files and pages; every error is application/problem+json with a stable type.",
                    "除文件和网页外，应答均为 JSON；所有错误均为 application/problem+json，type 字段固定不变。"),
    "sign_in":     ("Send Authorization: Bearer <token> with each request, but for those that everybody may send.",
                    "除任何人均可发送者外，每个请求都须带 Authorization: Bearer <token>。"),
    "operations":  ("Operations", "操作"),
    "schemas":     ("Schemas", "数据结构"),
    "roles":       ("Roles", "角色"),
    "everybody":   ("everybody, without a token", "任何人，无需令牌"),
    "parameters":  ("Parameters", "参数"),
    "name":        ("Name", "名称"),
    "place":       ("In", "位置"),
    "type":        ("Type", "类型"),
    "meaning":     ("Meaning", "说明"),
    "required":    ("required", "必填"),
    "body":        ("Body", "请求正文"),
    "answers":     ("Answers", "应答"),
    "example":     ("Example", "示例"),
    "document":    ("OpenAPI document", "OpenAPI 文档"),
    "other":       ("中文", "English"),
    "any":         ("any bytes", "任意字节"),
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a type in words; `schema` is the name of the schema it stands for."""

    text: str
    schema: str | None = None


class Docs:
    """The document is made when it is asked for the first time, and the page once for each language."""

    def __init__(self, service: str, groups: Sequence[Routes]) -> None:
        self._service = service
        self._groups = groups
        self._pages: dict[Language, bytes] = {}
        self._style = (_FOLDER / "docs.css").read_bytes()

    def add_to(self, app: web.Application) -> None:
        app.router.add_get(f"/api/{self._service}/openapi.json", self.openapi)
        app.router.add_get(f"/api/{self._service}/docs", self.page)
        app.router.add_get(f"/api/{self._service}/docs.css", self.style)

    @cached_property
    def _document(self) -> bytes:
        return orjson.dumps(document(self._service, self._groups))

    async def openapi(self, request: web.Request) -> web.Response:
        return web.Response(body=self._document, content_type="application/json")

    async def page(self, request: web.Request) -> web.Response:
        wanted = request.query.get("lang")
        language: Language = next((known for known in LANGUAGES if known == wanted), language_of(request))
        if language not in self._pages:
            self._pages[language] = render(self._service, orjson.loads(self._document), language).encode()
        headers = {
            "Content-Security-Policy": _POLICY,
            "Referrer-Policy": "no-referrer",
            "Content-Language": language,
        }
        return web.Response(body=self._pages[language], content_type="text/html", charset="utf-8", headers=headers)

    async def style(self, request: web.Request) -> web.Response:
        return web.Response(body=self._style, content_type="text/css", charset="utf-8")


def render(service: str, described: Mapping[str, Any], language: Language) -> str:
    """The page for one OpenAPI document."""
    # 2 MB that most processes never need.
    import jinja2

    loader = jinja2.FileSystemLoader(_FOLDER)
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    chosen = LANGUAGES.index(language)
    return environment.get_template("docs.html").render(
        texts={name: both[chosen].format(service=service) for name, both in TEXTS.items()},
        language=language,
        other=LANGUAGES[1 - chosen],
        service=service,
        groups=_groups(described),
        schemas=described["components"]["schemas"],
        pieces=lambda schema: list(pieces(schema)),
        written=lambda example: orjson.dumps(example, option=orjson.OPT_INDENT_2).decode(),
    )


def _groups(described: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Operations by tag, in the order in which the service lists them."""
    groups: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in described["tags"]}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            answers = {status: _resolved(described, answer) for status, answer in operation["responses"].items()}
            groups[operation["tags"][0]].append({**operation, "method": method.upper(), "path": path, "responses": answers})
    return groups


def _resolved(described: Mapping[str, Any], answer: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in answer:
        return answer
    named: Mapping[str, Any] = described["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    return named


def pieces(schema: Mapping[str, Any]) -> Iterator[Piece]:
    """A JSON Schema in few words: `list of Milestone, or null`."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield Piece(name, name)
    elif "anyOf" in schema or "oneOf" in schema:
        yield from _joined(schema.get("anyOf") or schema["oneOf"])
    elif "enum" in schema or "const" in schema:
        yield Piece(" | ".join(str(value) for value in schema.get("enum", [schema.get("const")])))
    elif schema.get("type") == "array":
        yield Piece("list of ")
        yield from pieces(schema.get("items", {}))
    elif schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        yield Piece("map of ")
        yield from pieces(schema["additionalProperties"])
    else:
        kind = str(schema.get("format") or schema.get("type", "any"))
        yield Piece(kind + _bounds(schema))


def _joined(choices: Sequence[Mapping[str, Any]]) -> Iterator[Piece]:
    for number, choice in enumerate(choices):
        if number:
            yield Piece(" or ")
        yield from pieces(choice)


def _bounds(schema: Mapping[str, Any]) -> str:
    low = schema.get("minimum", schema.get("minLength"))
    high = schema.get("maximum", schema.get("maxLength"))
    return "" if low is None and high is None else f" {'' if low is None else low}..{'' if high is None else high}"
