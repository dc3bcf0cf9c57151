"""A file's bytes to a table, by content: an XLSX is known by its first bytes, whatever it was sent as."""

from shared.contracts.text import Both
from shared.imports.csvfile import read_csv
from shared.imports.limits import LIMITS, Limits
from shared.imports.mapping import MappingDocument
from shared.imports.table import Table
from shared.imports.text import Charset, Unreadable

SIGNATURE = b"PK\x03\x04"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CONTENT_TYPES = ("text/csv", "text/plain", "application/csv", "application/vnd.ms-excel", "application/octet-stream", XLSX)
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
OLD_FORM = Both("this is a workbook of the old .xls form; save it as .xlsx or CSV", "这是旧版 .xls 工作簿，请另存为 .xlsx 或 CSV")


def read_table(content: bytes, document: MappingDocument, *, charset: Charset | None = None, limits: Limits = LIMITS) -> Table:
    """The table in `content`; `charset` is the sender's word and goes before the mapping's. Raises Unreadable."""
    if len(content) > limits.file_bytes:
        most = limits.file_bytes // 1_000_000
        raise Unreadable(Both(f"the file is larger than {most} MB; send it in parts", f"文件超过 {most} MB，请分批发送"))
    if content.startswith(SIGNATURE):
        from shared.imports.workbook import read_xlsx  # with its parsers: most processes never see one

        return read_xlsx(content, sheet=document.sheet, limits=limits)
    if content.startswith(OLD_EXCEL):
        raise Unreadable(OLD_FORM)
    return read_csv(content, charset=charset or document.charset, delimiter=document.delimiter, limits=limits)
