"""Labels of pictures: rows find their pictures, columns become classes and attributes, faults name the row."""

import numpy as np
import pytest

from vae.data.attribute import Attribute
from vae.data.label_tables import TableFile, read_table
from vae.data.picture_labels import label_pictures
from vae.data.refusals import Reason
from vae.errors import DataError


def _label(paths, *tables, files=(), given=True, folder=()):
    paths = [tuple(path.split("/")) for path in paths]
    read = [
        read_table(TableFile(f"t{number}.csv", text.encode(), folder, given)) for number, text in enumerate(tables, 1)
    ]
    return label_pictures(paths, read, [*paths, *(tuple(path.split("/")) for path in files)])


class TestClasses:
    def test_classes_of_a_table_replace_folders(self):
        found = _label(["x/a.png", "x/b.png", "y/c.png"], "name,label\nb.png,cat\na.png,dog\nc.png,cat\n")
        assert found.class_names == ("cat", "dog")
        assert found.labels.tolist() == [1, 0, 0]
        assert (found.attributes, found.notes) == ((), ())

    def test_numbers_have_their_order(self):
        found = _label([f"{i}.png" for i in range(3)], "file,class\n0.png,10.0\n1.png,9\n2.png,b\n")
        assert found.class_names == ("9", "10", "b")
        assert found.labels.tolist() == [1, 0, 2]

    def test_a_picture_without_a_class_is_left_out(self):
        found = _label(["a.png", "b.png", "c.png", "d.png"], "name,class\na.png,x\nb.png,y\nc.png,\n")
        assert found.labels.tolist() == [0, 1, -1, -1]
        assert found.unlabelled is Reason.NO_CLASS
        assert found.notes == ("2 pictures have no class in the table and are left out.",)

    def test_folders_are_classes_where_the_table_has_none(self):
        found = _label(["x/a.png", "y/b.png"], "name,age\na.png,1\nb.png,2\n")
        assert (found.class_names, found.unlabelled) == (("x", "y"), Reason.OUTSIDE)
        assert found.attributes == (Attribute("age", "continuous"),)

    def test_too_many_classes_are_not_used(self):
        rows = "".join(f"{i}.png,c{i}\n" for i in range(101))
        found = _label([f"{i}.png" for i in range(101)], "name,class\n" + rows)
        assert found.class_names == ()
        assert found.notes == ("The table has 101 classes; more than 100 are not used.",)


class TestAttributes:
    @pytest.mark.parametrize(
        ("without", "with_"), [("0", "1"), ("-1", "1"), ("no", "Yes"), ("false", "true"), ("0.0", "1.0")]
    )
    def test_binary_ones(self, without, with_):
        found = _label(["a.png", "b.png", "c.png"], f"name,has_hat\na.png,{with_}\nb.png,{without}\nc.png,\n")
        assert found.attributes == (Attribute("has hat", "binary"),)
        np.testing.assert_array_equal(found.values, np.array([[1], [0], [np.nan]], np.float32))
        assert found.notes == ("1 picture lacks the value of at least one attribute.",)

    def test_continuous_ones(self):
        found = _label(["a.png", "b.png", "c.png"], "name,age\na.png,3.5\nb.png,-1e3\nc.png,n/a\n")
        assert found.attributes == (Attribute("age", "continuous"),)
        np.testing.assert_array_equal(found.values[:, 0], np.array([3.5, -1000, np.nan], np.float32))

    def test_two_words_are_a_binary_one(self):
        found = _label(["a.png", "b.png"], "name,sex\na.png,male\nb.png,female\n")
        assert found.attributes == (Attribute("sex: male", "binary"),)
        assert found.values.tolist() == [[1.0], [0.0]]

    def test_text_and_constants_are_reported(self):
        found = _label(
            ["a.png", "b.png", "c.png"],
            ",name,by,year,age\n0,a.png,Ann,1999,1\n1,b.png,Bob,1999,2\n2,c.png,Cy,1999,3\n",
        )
        assert found.attributes == (Attribute("age", "continuous"),)
        assert found.notes == (
            "These columns are text and are not used: by.",
            "These columns have one value only and are not used: year.",
        )

    def test_only_pictures_that_are_used_decide(self):
        found = _label(["a.png", "b.png", "c.png"], "name,class,hat\na.png,x,1\nb.png,y,0\nc.png,,word\n")
        assert found.attributes == (Attribute("hat", "binary"),)
        assert np.isnan(found.values[2, 0])

    def test_several_tables(self):
        found = _label(["a.png", "b.png"], "name,age\na.png,1\n", "file,age,hat\na.png,1,1\nb.png,2,0\n")
        assert [one.name for one in found.attributes] == ["age", "hat"]
        assert found.values.tolist() == [[1, 1], [2, 0]]

    def test_too_many(self):
        titles = ",".join(f"c{i}" for i in range(201))
        values = [",".join([value] * 201) for value in "01"]
        with pytest.raises(DataError, match="have more than 200 attributes"):
            _label(["a.png", "b.png"], f"name,{titles}\na.png,{values[0]}\nb.png,{values[1]}\n")


class TestNames:
    @pytest.mark.parametrize("name", ["a.png", "x/a.png", "s/x/a.png", "./x/a.png", "x\\a.png", "a", "a.jpg", "x/a"])
    def test_a_row_names_its_picture(self, name):
        found = _label(["s/x/a.png", "s/y/b.png"], f"name,age\n{name},1\nb.png,2\n")
        assert found.values[:, 0].tolist() == [1, 2]

    def test_names_are_relative_to_the_table_first(self):
        text = "name,age\na.png,1\nb.png,2\n"
        found = _label(["train/a.png", "train/b.png", "test/a.png"], text, folder=("train",))
        np.testing.assert_array_equal(found.values[:, 0], np.array([1, 2, np.nan], np.float32))

    def test_the_same_name_with_another_suffix_is_second_choice(self):
        found = _label(["a.jpg", "a.png", "b.png"], "name,age\na.png,1\nb.png,2\na.jpg,3\n")
        assert found.values[:, 0].tolist() == [3, 1, 2]

    def test_a_name_that_fits_several_pictures(self):
        with pytest.raises(
            DataError, match=r"Row 3 of t1\.csv names a\.png, which fits 2 pictures: x/a\.png, y/a\.png\. Wr"
        ):
            _label(["x/a.png", "y/a.png", "x/b.png"], "name,age\nb.png,1\na.png,2\n")

    def test_a_name_that_occurs_twice(self):
        with pytest.raises(DataError, match=r"Rows 2 and 4 of t1\.csv both name x/a\.png"):
            _label(["x/a.png", "b.png"], "name,age\na.png,1\nb.png,2\nx/a.png,1\n")

    def test_two_tables_that_differ(self):
        with pytest.raises(
            DataError, match=r"Row 3 of t1\.csv and row 2 of t2\.csv give different values of age to a\.png"
        ):
            _label(["a.png", "b.png"], "name,age\nb.png,1\na.png,2\n", "name,age\na.png,3\n")

    def test_absent_pictures_are_reported_but_not_refused_ones(self):
        rows = "".join(f"{name}.png,{i}\n" for i, name in enumerate("abvwxyz"))
        found = _label(["a.png", "b.png"], "name,age\n" + rows, files=["z.png"])
        assert found.notes == (
            "4 rows of t1.csv name pictures that are not here: v.png (row 4), w.png (row 5), x.png (row 6), ….",
        )

    def test_a_table_of_other_pictures(self):
        text = "name,age\nq.png,1\n"
        with pytest.raises(DataError, match=r"t1\.csv is not used: none of its 1 rows .* example: q\.png \(row 2\)"):
            _label(["a.png"], text)
        found = _label(["a.png"], text, given=False)
        assert found.notes == ("t1.csv is not used: none of its 1 rows names a picture here.",)


def test_a_value_that_is_not_a_number():
    rows = "".join(f"{i}.png,{i}\n" for i in range(19))
    with pytest.raises(
        DataError, match=r"Row 21 of t1\.csv \(19\.png\): '3O' in the column age is not a number\. Correct"
    ):
        _label([f"{i}.png" for i in range(20)], f"name,age\n{rows}19.png,3O\n")


@pytest.mark.parametrize("value", ["inf", "1e400", "-Infinity", "1e39"])
def test_an_infinite_value_is_not_a_number(value):
    rows = "".join(f"{i}.png,{i}\n" for i in range(19))
    with pytest.raises(DataError, match="is not a number"):
        _label([f"{i}.png" for i in range(20)], f"name,age\n{rows}19.png,{value}\n")


def test_names_of_attributes_are_one_clean_line_and_unique():
    found = _label(["a.png", "b.png"], 'name,"a\u202e_\nb",a b\na.png,1,3\nb.png,0,4\n')
    assert [one.name for one in found.attributes] == ["a b", "a b (2)"]
