"""`data`: listing, adding, checking and removing."""

import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from tests.attribute_model import zip_with_table
from vae.errors import BadRequestError, DataError
from zscope.cli.data import data as app


@pytest.fixture
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("ZSCOPE_OWN_DATA", str(tmp_path / "own"))
    return tmp_path / "own"


@pytest.fixture
def data(own_home):
    """`data("list")` → what is printed; `data(..., fails=True)` → the domain error."""

    def run(*arguments, fails=False):
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if fails:
            assert isinstance(result.exception, DataError | BadRequestError), result.exception
            assert result.exception.hint
            return str(result.exception)
        if result.exception:
            raise result.exception
        return result.stdout

    return run


@pytest.fixture
def holiday(tmp_path):
    """A zip of 80 colourful pictures in two folders, a text and a dropping."""
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(tmp_path / "holiday.zip", "w") as archive:
        for index in range(80):
            buffer = io.BytesIO()
            Image.fromarray(rng.integers(0, 256, (40, 50, 3), np.uint8)).save(buffer, "PNG")
            archive.writestr(f"holiday/{['cats', 'dogs [red]'][index % 2]}/{index}.png", buffer.getvalue())
        archive.writestr("holiday/notes.txt", "hello")
        archive.writestr("__MACOSX/holiday/._1.png", "x")
    return tmp_path / "holiday.zip"


def _listed(data) -> dict[str, dict]:
    return {entry["id"]: entry for entry in json.loads(data("list", "--json"))}


def test_add_reports_and_lists(data, holiday):
    out = data("add", holiday, "--title", "Cats & dogs [bold]", "--side", 28, "--grey")
    assert "holiday.zip: read 80 of 81 files as 28×28 grey images." in out
    assert "refused: 1 not JPEG, PNG, WebP, GIF or BMP (holiday/notes.txt)" in out
    assert "2 classes: cats 40, dogs [red] 40" in out
    assert "Added as cats-dogs-bold. Next: zscope train NAME --dataset cats-dogs-bold" in out
    entry = _listed(data)["cats-dogs-bold"]
    assert entry["images"] == {"train": 54, "validation": 13, "test": 13}
    assert (entry["own"], entry["image_shape"], entry["source"]) == (True, [28, 28, 1], "holiday.zip")
    assert entry["class_names"] == ["cats", "dogs [red]"]
    assert entry["refused"][0]["examples"] == ["holiday/notes.txt"]


def test_side_and_colour_are_suggested(data, holiday):
    assert "as 48×48 colour images." in data("add", holiday, "--dry-run")
    assert "as 48×48 grey images." in data("add", holiday, "--dry-run", "--grey")
    assert "as 128×128 colour images." in data("add", holiday, "--dry-run", "--side", 128)


def test_a_dry_run_adds_nothing(data, holiday, own_home, tmp_path):
    out = data("add", holiday, "--dry-run", "--sheet", tmp_path / "sheet.png", "--side", 32)
    assert out.endswith("Dry run: no data set was added.\n")
    assert list(own_home.iterdir()) == []
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (8 * 66 + 2, 8 * 66 + 2)  # 64 of the 80, twice as large
        assert sheet.convert("L").getextrema()[1] > 100


def test_a_sheet_is_a_png(data, holiday, tmp_path, own_home):
    assert "sheet.gif: not a PNG" in data("add", holiday, "--sheet", tmp_path / "sheet.gif", fails=True)
    assert not own_home.exists()


def test_the_table_shows_all_as_text(data, holiday, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    data("add", holiday, "--title", "[/red] :smile:", "--side", 32)
    table = data("list")
    for text in ("mnist", "fashion-mnist", "digits", "[/red] :smile:", "32×32, colour", "80"):
        assert text in table


def test_a_broken_one_is_listed_with_its_fault(data, holiday, own_home):
    data("add", holiday, "--title", "Cats")
    (own_home / "cats" / "data.json").write_text("{")
    assert "cats is broken: data.json of cats: " in data("list")
    assert _listed(data)["cats"].keys() == {"id", "title", "own", "path", "fault"}


def test_check_and_remove(data, holiday, own_home):
    data("add", holiday, "--title", "Cats")
    assert data("check", "cats") == "cats is intact: 80 images.\n"
    assert data("remove", "cats") == "Removed cats.\n"
    assert list(own_home.iterdir()) == []
    for command in ("check", "remove"):
        assert "You have no data set called 'cats'" in data(command, "cats", fails=True)
        assert "You have no data set called 'mnist'" in data(command, "mnist", fails=True)


def test_pictures_too_large_to_train_on_are_for_imported_models(data, holiday):
    out = data("add", holiday, "--side", 200)
    assert "as 200×200 colour images." in out and "zscope import FILES --data holiday" in out


def test_errors_are_domain_errors(data, holiday, tmp_path):
    assert "There is no folder or zip" in data("add", tmp_path / "absent", fails=True)
    assert "Use 8 to 256 pixels" in data("add", holiday, "--side", 300, fails=True)


def test_help_loads_no_framework(run_python):
    code = (
        "import sys; from zscope.cli.data import data\n"
        "try: data(['add', '--help'])\n"
        "except SystemExit: pass\n"
        "sys.exit(str({'keras', 'tensorflow', 'jax', 'sklearn'} & set(sys.modules) or '') or 0)"
    )
    done = run_python("-c", code)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--dry-run" in done.stdout


class TestLabels:
    def test_a_table_in_the_zip(self, data, tmp_path):
        printed = data("add", zip_with_table(tmp_path / "hats.zip"), "--side", "8", "--grey")
        assert "read 96 of 96 files" in printed
        assert "2 classes: round 48, square 48" in printed
        assert "labels from labels.csv" in printed
        assert "2 attributes: Wearing Hat (binary), age (continuous)" in printed
        assert "12 pictures lack the value of at least one attribute." in printed
        listed = _listed(data)
        assert listed["hats-zip"]["attributes"] == [
            {"name": "Wearing Hat", "kind": "binary"},
            {"name": "age", "kind": "continuous"},
        ]

    def test_a_table_of_its_own(self, data, holiday, tmp_path):
        table = tmp_path / "list_attr_mine.txt"
        rows = [f"{index}.png {1 if index < 20 else -1}" for index in range(80)]
        table.write_text("\n".join(["80", "Glasses", *rows]))
        printed = data("add", holiday, "--labels", table, "--side", "28")
        assert "1 attribute: Glasses (binary)" in printed
        assert "2 classes: cats 40, dogs [red] 40" in printed

    def test_errors_name_the_row(self, data, holiday, tmp_path, own_home):
        table = tmp_path / "labels.csv"
        table.write_text("name,age\n1.png,3\n2.png\n")
        assert "Row 3 of labels.csv needs 2 values and has 1." in data("add", holiday, "--labels", table, fails=True)
        assert "Can't read the table absent.csv" in data("add", holiday, "--labels", "absent.csv", fails=True)
        assert not own_home.exists()
