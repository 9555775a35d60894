"""Compound files for tests, as Word, Excel and WPS write them, byte by byte."""

import struct

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SIZE = 512
FREE, END, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def _entry(name: str, kind: int) -> bytes:
    spelled = name.encode("utf-16-le") + b"\0\0"
    return spelled.ljust(64, b"\0") + struct.pack("<HBB", len(spelled), kind, 1) + bytes(60)


def compound(*names: str, body: int = 4) -> bytes:
    """Return a file with a directory of these streams and `body` sectors of content: table, directory, content."""
    entries = [_entry("Root Entry", 5), *(_entry(name, 2) for name in names)]
    rows = -(-len(entries) // 4)
    directory = b"".join(entries).ljust(rows * SIZE, b"\0")
    chain = [TABLE, *range(2, rows + 1), END, *range(rows + 2, rows + body + 1), END]
    table = struct.pack(f"<{SIZE // 4}I", *chain, *[FREE] * (SIZE // 4 - len(chain)))
    head = MAGIC + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIIII", 0, 1, 1, 0, 4096, END, 0, END, 0, 0) + struct.pack("<108I", *[FREE] * 108)
    return head + table + directory + bytes(range(256)) * (2 * body)


DOC = compound("WordDocument", "1Table")
XLS = compound("Workbook")
