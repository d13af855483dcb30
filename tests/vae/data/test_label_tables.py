"""Tables of labels: the formats, and what is said about faults."""

import json

import pytest

from vae.data.label_tables import TableFile, is_table_name, read_table, read_table_file
from vae.errors import DataError

FORMATS = {
    "labels.csv": "file_name,class,age\na.png,cat,3\nb.png,dog,4.5\n",
    "labels.tsv": "age\tFile Name\tclass\n3\ta.png\tcat\n4.5\tb.png\tdog\n",
    "semicolons.csv": '\ufefffile;class;age\r\na.png;cat;3\r\n\r\n"b.png"; dog ;4.5\r\n',
    "list.json": json.dumps(
        [{"name": "a.png", "class": "cat", "age": 3}, {"name": "b.png", "class": "dog", "age": 4.5}]
    ),
    "lines.jsonl": '{"image": "a.png", "class": "cat", "age": 3}\n{"image": "b.png", "class": "dog", "age": 4.5}\n',
    "mapping.json": json.dumps({"a.png": {"class": "cat", "age": 3}, "b.png": {"class": "dog", "age": 4.5}}),
}
CELEBA = "2\nEyeglasses Wearing_Hat\n000001.jpg -1  1\n000002.jpg  1 -1\n"


def _read(text, name="labels.csv", given=True):
    return read_table(TableFile(name, text if isinstance(text, bytes) else text.encode(), given=given))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("given", [True, False])
def test_every_format_gives_the_same_rows(name, given):
    table = _read(FORMATS[name], name, given)
    place = {column: index for index, column in enumerate(table.columns)}
    assert sorted(place) == ["age", "class"]
    assert [(row.name, row.values[place["class"]], row.values[place["age"]]) for row in table.rows] == [
        ("a.png", "cat", "3"),
        ("b.png", "dog", "4.5"),
    ]


def test_the_format_of_celeba():
    table = _read(CELEBA, "list_attr_celeba.txt")
    assert table.columns == ("Eyeglasses", "Wearing_Hat")
    assert [(row.number, row.name, row.values) for row in table.rows] == [
        (3, "000001.jpg", ("-1", "1")),
        (4, "000002.jpg", ("1", "-1")),
    ]


def test_a_json_object_of_classes():
    table = _read('{"a.png": "cat", "b.png": null, "c.png": true}', "x.json")
    assert (table.columns, [row.values for row in table.rows]) == (("class",), [("cat",), ("",), ("true",)])


def test_row_numbers_are_lines_of_the_file():
    table = _read('name,note\n\na.png,"two\nlines"\nb.png,x\n')
    assert [row.number for row in table.rows] == [4, 5]


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("x.csv", "name,age\na.png,3\nb.png\n", "Row 3 of x.csv needs 2 values and has 1"),
        ("x.csv", "name,age\n ,3\n", "Row 2 of x.csv has no file name"),
        ("x.csv", "name,age,age\na.png,3,4\n", "The table x.csv has two columns called age"),
        ("x.csv", 'name,age\na.png,"3\n', "Row 2 of x.csv: unexpected end of data"),
        ("x.csv", "colour,age\nred,3\n", "The table x.csv has no column of file names. Give one column the title"),
        ("x.csv", "", "The table x.csv has no column of file names"),
        ("x.csv", b"name,age\na.png,\xff\n", "Can't read the table x.csv: line 2 is not UTF-8"),
        ("x.json", "{", "Can't read the table x.json: Expecting property name"),
        ("x.json", "[" * 100_000, "Can't read the table x.json: "),
        ("x.json", "3", "The table x.json has no column of file names"),
        ("x.json", '[{"name": "a.png"}, 3]', "Row 2 of x.json is not an object"),
        ("x.json", '[{"name": "a.png"}, {"age": 3}]', "Row 2 of x.json has no file name"),
        ("x.json", '{"a.png": [1]}', r"Row 1 of x.json \(a.png\) is a list"),
        ("list_attr.txt", "1\nA B\na.png 1\n", r"Row 3 of list_attr.txt \(a.png\) needs 2 values and has 1"),
        ("x.csv", "name," + ",".join(f"c{i}" for i in range(1000)) + "\n", "has more than 1000 columns"),
    ],
)  # fmt: skip
def test_faults_name_the_table_and_the_row(name, text, fault):
    with pytest.raises(DataError, match=fault):
        _read(text, name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.csv", "colour,age\nred,3\n"),
        ("x.json", "{"),
        ("x.json", '{"version": "1"}'),
        ("x.json", "[1, 2]"),
        ("x.csv", b"\xff\xfe"),
        ("list_attr.txt", "Notes\n"),
    ],
)
def test_a_file_beside_the_pictures_may_be_something_else(name, text):
    assert _read(text, name, given=False) is None


def test_names_of_tables():
    assert all(map(is_table_name, ["a.CSV", "a.tsv", "a.json", "a.jsonl", "list_attr_celeba.txt"]))
    assert not any(map(is_table_name, ["a.png", "notes.txt", "csv", "list_bbox_celeba.txt"]))


def test_a_chosen_file_is_read_from_the_disk(tmp_path):
    (tmp_path / "labels.csv").write_text("name,age\na.png,3\n")
    assert read_table(read_table_file(tmp_path / "labels.csv")).rows[0].values == ("3",)
    with pytest.raises(DataError, match=r"Can't read the table absent\.csv: No such file"):
        read_table_file(tmp_path / "absent.csv")


def test_a_table_has_a_limit(monkeypatch):
    monkeypatch.setattr("vae.data.label_tables._MAX_BYTES", 10)
    with pytest.raises(DataError, match=r"The table labels\.csv has more than"):
        _read("name,age\na.png,3\n")
