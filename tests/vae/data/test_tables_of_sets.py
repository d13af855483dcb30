"""User data sets with tables: found in the source, stored with the splits, and read again."""

import json

import numpy as np
import pytest

from vae.data import dataset_info, load_dataset, load_test_split
from vae.data.attribute import Attribute
from vae.data.intake import prepare, survey
from vae.data.label_tables import TableFile
from vae.data.user_data import check_user_dataset, list_user_datasets
from vae.errors import DataError


def _rows(count, title="file_name,class,age,hat"):
    return "\n".join([title, *(f"{i:04d}.png,{'ab'[i % 2]},{i},{int(i % 3 == 0)}" for i in range(count))]).encode()


def _expected(prepared, count):
    """By pixels: the attributes of each picture."""
    return {image.tobytes(): (float(i), float(i % 3 == 0)) for i, image in enumerate(prepared.images[:count])}


@pytest.mark.parametrize("packed", [True, False])
def test_labels_and_attributes_follow_their_pictures_into_the_splits(
    user_data_home, make_zip, make_folder, pictures, packed
):
    files = {f"set/{name}": data for name, data in (pictures(72) | {"labels.csv": _rows(72)}).items()}
    source = make_zip(files) if packed else make_folder(files)
    found = survey(source)
    assert (found.found, found.class_names, found.tables) == (72, ("a", "b"), ("labels.csv",))
    with prepare(source, 28, 1) as prepared:
        report = prepared.report
        assert (report.found, report.read, report.refused, report.notes) == (72, 72, (), ())
        assert (report.class_names, report.class_counts) == (("a", "b"), (36, 36))
        assert report.attributes == found.attributes == (Attribute("age", "continuous"), Attribute("hat", "binary"))
        expected = _expected(prepared, 72)
        entry = prepared.save("Hats")
    data = load_dataset(entry.id)
    assert data.info.attributes == report.attributes
    stored = {
        image.tobytes(): tuple(values)
        for split in (data.train, data.validation, data.test)
        for image, values in zip(split.images, split.attributes.tolist(), strict=True)
    }
    assert stored == expected
    for split in (data.train, data.validation, data.test):
        assert (split.labels == split.attributes[:, 0] % 2).all()
        assert isinstance(split.attributes, np.memmap)
    np.testing.assert_array_equal(load_test_split(entry.id).attributes, data.test.attributes)
    check_user_dataset(entry)


def test_a_chosen_table_replaces_those_beside_the_pictures(user_data_home, make_zip, pictures):
    source = make_zip(pictures(60) | {"labels.csv": _rows(60)})
    rows = b"name,size\n" + b"".join(b"%04d,%d\n" % (i, i) for i in range(60))
    tables = [TableFile("mine.csv", rows, given=True)]
    assert survey(source, tables=tables).attributes == (Attribute("size", "continuous"),)
    with prepare(source, 28, 1, tables=tables) as prepared:
        assert prepared.report.tables == ("mine.csv",)
        assert prepared.report.class_names == ()
        assert [str(refusal) for refusal in prepared.report.refused] == [
            "1 not JPEG, PNG, WebP, GIF or BMP (labels.csv)"
        ]
        assert prepared.attributes[:, 0].tolist() == list(range(60))


def test_pictures_without_a_class_are_refused(user_data_home, make_zip, pictures):
    with prepare(make_zip(pictures(64) | {"labels.csv": _rows(62)}), 28, 1) as prepared:
        assert prepared.report.read == 62
        assert [(one.reason, one.count, one.examples) for one in prepared.report.refused] == [
            ("without a class in the table", 2, ("0062.png", "0063.png"))
        ]
        data = load_dataset(prepared.save("x").id)
    assert sum(len(split.attributes) for split in (data.train, data.validation, data.test)) == 62


def test_a_faulty_table_stops_it_and_leaves_no_files(user_data_home, make_zip, pictures):
    source = make_zip(pictures(60) | {"labels.csv": _rows(60) + b"\n0003.png,a,1,1"})
    for call in (lambda: survey(source), lambda: prepare(source, 28, 1)):
        with pytest.raises(DataError, match=r"Rows 5 and 62 of labels\.csv both name 0003\.png"):
            call()
    assert not user_data_home.exists() or list(user_data_home.iterdir()) == []


def test_files_that_are_no_tables_are_refused_with_a_note(user_data_home, make_zip, pictures):
    with prepare(make_zip(pictures(60) | {"colours.csv": b"red,green\n1,2\n"}), 28, 1) as prepared:
        assert prepared.report.notes == ("colours.csv is not used: it has no column of file names.",)
        assert prepared.report.refused[0].examples == ("colours.csv",)


def test_files_beside_single_pictures_are_no_tables(user_data_home, make_zip, pictures):
    extra = {f"{i:04d}.json": b'[{"name": "0000.png", "age": 1}]' for i in range(60)}
    with prepare(make_zip(pictures(60) | extra), 28, 1) as prepared:
        assert (prepared.report.tables, prepared.report.notes) == ((), ())
        assert prepared.report.refused[0].count == 60


def test_many_possible_tables_are_not_read(user_data_home, make_zip, pictures):
    extra = {f"t{i}.csv": b"name,age\n0000.png,1\n" for i in range(21)}
    with prepare(make_zip(pictures(60) | extra), 28, 1) as prepared:
        assert prepared.report.tables == ()
        assert prepared.report.notes == ("21 files may be tables; more than 20 are not read.",)


class TestStored:
    @pytest.fixture
    def entry(self, user_data_home, make_zip, pictures):
        with prepare(make_zip(pictures(60) | {"labels.csv": _rows(60)}), 28, 1) as prepared:
            return prepared.save("Hats")

    def test_a_set_without_attributes_has_the_record_of_earlier_versions(self, user_data_home, make_zip, pictures):
        with prepare(make_zip(pictures(60)), 28, 1) as prepared:
            entry = prepared.save("Plain")
        record = json.loads((entry.path / "data.json").read_text())
        assert "attributes" not in record
        assert set(record["test"]) == {"rows", "images", "labels"}
        assert load_test_split(entry.id).attributes is None
        assert dataset_info(entry.id).version == entry.record.test.images.sha256[:16]

    def test_other_attributes_are_another_version(self, entry, user_data_home, make_zip, pictures):
        rows = _rows(60).replace(b",59,", b",5.9,")
        with prepare(make_zip(pictures(60) | {"labels.csv": rows}), 28, 1) as prepared:
            other = prepared.save("Other")
        assert entry.record.test.images == other.record.test.images
        assert len({entry.info.version, other.info.version, entry.record.test.images.sha256[:16]}) == 3

    def test_a_changed_byte_is_found(self, entry):
        path = entry.path / "train-attributes.npy"
        raw = bytearray(path.read_bytes())
        raw[-1] ^= 1
        path.write_bytes(raw)
        with pytest.raises(DataError, match=r"train-attributes\.npy of the data set hats is damaged"):
            check_user_dataset(entry)

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            (lambda c: c["test"].pop("attributes"), "every split needs a file of attributes"),
            (lambda c: c.pop("attributes"), "every split needs a file of attributes"),
            (lambda c: c.update(attributes=[]), "attributes"),
            (lambda c: c["attributes"].append(c["attributes"][0]), "different names"),
            (lambda c: c["attributes"][0].update(kind="text"), "attributes"),
        ],
    )
    def test_a_faulty_record(self, entry, change, fault):
        record = json.loads((entry.path / "data.json").read_text())
        change(record)
        (entry.path / "data.json").write_text(json.dumps(record))
        assert fault in list_user_datasets()[0].fault

    def test_a_missing_file(self, entry):
        (entry.path / "test-attributes.npy").unlink()
        assert "test-attributes.npy" in list_user_datasets()[0].fault
