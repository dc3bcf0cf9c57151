"""Templates from a folder, rendered in a sandbox over plain values."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_CHARS = 64 * 1024


class TooLong(ValueError):
    """The rendered text is longer than 64 K characters."""


class Templates:
    """The templates of one folder. A name or value that is missing is an error, never an empty place in a letter."""

    def __init__(self, folder: Path) -> None:
        self._environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(folder, encoding="utf-8"),
            undefined=StrictUndefined,
            autoescape=_is_html,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
        )
        self._environment.filters.update(capital=_capital, flow=_flow)

    def load(self, name: str) -> None:
        """Compile the template, so that its first reader does not wait; errors of its syntax."""
        self._environment.get_template(name)

    def render(self, name: str, values: Mapping[str, Any]) -> str:
        """The text; jinja2.UndefinedError for a missing value, TemplateNotFound, or TooLong."""
        text = self._environment.get_template(name).render(values)
        if len(text) > MAX_CHARS:
            raise TooLong(f"{name} made {len(text)} characters")
        return text


def _is_html(name: str | None) -> bool:
    return name is not None and name.endswith(".html")


def _capital(text: str) -> str:
    """The first letter in upper case, the rest as it is."""
    return text[:1].upper() + text[1:]


def _flow(text: str, between: str = " ") -> str:
    """Sentences that stand on lines of their own in the template, as one paragraph."""
    return between.join(filter(None, map(str.strip, text.splitlines()))) + "\n"
