"""The page about the registry file is what the import reads."""

from backend.enterprises import columns, template
from tests.support.documents import assert_page_is


def test_the_page_names_every_column() -> None:
    assert_page_is("registry-file.md", template.as_markdown())


def test_every_header_on_the_page_is_read() -> None:
    rows = [line.split(" | ") for line in template.as_markdown().splitlines() if line.startswith("| ") and "`" in line]
    for row in rows:
        name, key = row[0].removeprefix("| "), row[1].strip("`")
        header = ["uscc", name] if key != "uscc" else [name]
        others = [one for one in row[2].split("、") if one]
        assert [one[1] for one in columns.layout(header).columns] == ([key] if key != "uscc" else [])
        for other in others:
            assert columns._BY_HEADER[other] == key
    assert len(rows) == 6 + len(columns.FACTS)


def test_the_empty_file_has_a_header_that_is_read_whole() -> None:
    header = template.as_csv().decode("utf-8-sig").removesuffix("\r\n").split(",")
    layout = columns.layout(header)
    assert layout.ignored == ()
    assert {key for _, key, _ in layout.columns} | {columns.USCC} == {one.key for one in template.described()}
