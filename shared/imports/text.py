"""Bytes to text: which character set a file is written in."""

import codecs
from typing import Literal, get_args

from shared.contracts.text import Both
from shared.problems import Invalid

Charset = Literal["utf-8", "gb18030", "utf-16", "big5", "windows-1252"]
CHARSETS: tuple[Charset, ...] = get_args(Charset)

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


EMPTY = Both("the file is empty", "文件为空")


class Unreadable(Invalid):
    """The file cannot be read as a table; nothing of it is imported."""

    slug = "unreadable-file"
    title = Both("The file cannot be read", "文件无法读取")


def decode(content: bytes, charset: Charset | None = None) -> tuple[str, Charset]:
    """The text of `content` without a byte order mark, and the character set it was read in.

    Without `charset` strict UTF-8 is tried first, then GB18030: Chinese text in GB18030 is never valid UTF-8 by chance,
    while nearly any bytes are valid GB18030. UTF-16 is recognised by its mark only.
    Raises Unreadable naming the line of the first byte that does not fit.
    """
    if charset is not None:
        return _decode(content, charset), charset
    if content.startswith(_UTF16_MARKS):
        return _decode(content, "utf-16"), "utf-16"
    try:
        return _decode(content, "utf-8"), "utf-8"
    except Unreadable as utf8:
        try:
            return _decode(content, "gb18030"), "gb18030"
        except Unreadable:
            neither = Both(
                utf8.detail.replace("not utf-8", "neither utf-8 nor gb18030"),
                utf8.detail.zh.replace("不是 utf-8", "既非 utf-8 也非 gb18030"),
            )
            raise Unreadable(neither, field="charset") from None


def _decode(content: bytes, charset: Charset) -> str:
    try:
        return content.decode(charset).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = 1 + content.count(b"\n", 0, error.start)
        said = Both(
            f"line {line}: the bytes are not {charset}; name the file's character set in `charset`",
            f"第 {line} 行：不是 {charset} 编码，请在 `charset` 中注明文件的字符集",
        )
        raise Unreadable(said, field="charset") from None
