"""The intake of pictures: what is read, what is refused, and no leftovers after an error."""

import io
import tempfile

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.tier import scaled
from vae.data import intake, load_dataset
from vae.data.intake import MIN_IMAGES, prepare, survey
from vae.errors import BadRequestError, DataError

LARGE = scaled(quick=5_000, full=5_000, torture=60_000)  # pictures; fewer would fit the memory limit whole

pytestmark = pytest.mark.usefixtures("user_data_home")


def _report(source, side=28, channels=1, **settings):
    with prepare(source, side, channels, **settings) as prepared:
        return prepared.report


def _refused(report) -> dict[str, int]:
    return {refusal.reason.split(" (")[0]: refusal.count for refusal in report.refused}


def _png(image: Image.Image, kind="PNG", **settings) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **settings)
    return buffer.getvalue()


class TestReading:
    def test_a_zip_and_its_folder_give_the_same_arrays(self, make_zip, make_folder, pictures):
        files = pictures(70, "cats", "dogs")
        with prepare(make_zip(dict(reversed(files.items()))), 28, 3) as zipped:
            with prepare(make_folder(files), 28, 3) as folder:
                np.testing.assert_array_equal(zipped.images, folder.images)
                np.testing.assert_array_equal(zipped.labels, folder.labels)
            assert zipped.report.class_names == ("cats", "dogs")
            assert zipped.report.class_counts == (35, 35)
            assert (zipped.report.found, zipped.report.read, zipped.report.refused) == (70, 70, ())

    def test_rows_are_the_pictures_in_the_order_of_their_names(self, make_zip):
        levels = np.arange(60) * 4
        pixels = np.random.default_rng(0).integers(0, 256, (60, 30, 30), np.uint8)
        pixels[:, :10, :10] = levels[:, None, None]
        files = {f"{'ab'[i % 2]}/{i:02d}.png": _png(Image.fromarray(one)) for i, one in enumerate(pixels)}
        with prepare(make_zip(files), 32, 1) as prepared:
            expected = np.concatenate([levels[::2], levels[1::2]])
            np.testing.assert_array_equal(prepared.images[:, 5, 5, 0], expected)
            np.testing.assert_array_equal(prepared.labels, np.repeat([0, 1], 30))
            assert prepared.images.shape == (60, 32, 32, 1)

    def test_an_open_file_is_read_and_has_its_name(self, make_zip, pictures):
        raw = make_zip(pictures(60)).read_bytes()
        assert _report(io.BytesIO(raw), name="holiday.zip").source == "holiday.zip"
        assert _report(io.BytesIO(raw), name="C:\\pictures\\\x1bholiday.zip").source == "holiday.zip"
        assert _report(io.BytesIO(raw)).source == "the zip"
        with tempfile.TemporaryFile() as file:  # its name is a number
            file.write(raw)
            assert _report(file).source == "the zip"

    def test_all_sizes_formats_and_modes_are_converted_to_one_shape(self, make_zip, pictures, picture):
        rotated = Image.Exif()
        rotated[0x0112] = 6
        ramp = Image.fromarray(np.linspace(0, 65535, 1600).astype(np.uint16).reshape(40, 40))
        clear = _png(Image.new("P", (20, 20), 1), transparency=1)
        film = io.BytesIO()
        frames = [Image.new("L", (9, 9), level) for level in (200, 10)]
        frames[0].save(film, "GIF", save_all=True, append_images=frames[1:], duration=50)
        odd = {
            "jpeg.jpg": picture(900, (61, 47), "JPEG"),
            "webp.webp": picture(901, (33, 80), "WEBP"),
            "gif.gif": picture(902, (40, 40), "GIF"),
            "bmp.bmp": picture(903, (50, 21), "BMP"),
            "one.png": picture(904, (1, 1)),
            "thin.png": picture(905, (1, 5000)),
            "cmyk.jpg": picture(906, (40, 40), "JPEG", "CMYK"),
            "grey-alpha.png": picture(907, (40, 40), mode="LA"),
            "black-white.png": picture(908, (40, 40), mode="1"),
            "deep.png": _png(ramp),
            "clear.png": clear,
            "turned.jpg": _png(Image.open(io.BytesIO(picture(909, (64, 32)))), "JPEG", exif=rotated),
            "film.gif": film.getvalue(),
            "no-ending": picture(910),
            "wrong-ending.txt": picture(911),
        }
        with prepare(make_zip(pictures(60) | odd), 28, 3) as prepared:
            assert _refused(prepared.report) == {"blank: one flat colour": 3}
            assert prepared.images.shape == (60 + len(odd), 28, 28, 3)
            names = sorted(pictures(60) | odd)
            shown = dict(zip(names, prepared.images, strict=True))
            left_out = {name for name, label in zip(names, prepared.labels, strict=True) if label < 0}
        assert left_out == {"clear.png", "film.gif", "one.png"}
        assert shown["clear.png"].max() == 0
        assert shown["film.gif"].min() == 200
        assert shown["deep.png"][0, 0].max() < 15
        assert shown["deep.png"][-1, -1].min() > 240

    def test_subfolders_are_classes_and_pictures_outside_are_left_out(self, make_zip, pictures):
        files = pictures(62, "set/cats/tabby", "set/dogs") | {"set/outside.png": pictures(1, first=500)["0000.png"]}
        with prepare(make_zip(files), 28, 1) as prepared:
            report = prepared.report
            assert (report.class_names, report.class_counts, report.read) == (("cats", "dogs"), (31, 31), 62)
            assert _refused(report) == {"outside the class folders": 1}
            assert report.refused[0].examples == ("set/outside.png",)
            assert sorted(prepared.labels.tolist()) == [-1] + [0] * 31 + [1] * 31
            sheet = np.asarray(prepared.sheet(64).convert("L"))
            assert sheet.shape == (8 * 30 + 2, 8 * 30 + 2)
            outside = prepared.images[prepared.labels < 0][0, ..., 0]
            cells = [sheet[2 + 30 * (i // 8) :, 2 + 30 * (i % 8) :][:28, :28] for i in range(62)]
            assert not any(np.array_equal(cell, outside) for cell in cells)
            assert any(np.array_equal(cells[0], image[..., 0]) for image in prepared.images[prepared.labels == 0])

    def test_a_folder_without_pictures_is_not_a_class(self, make_zip, pictures):
        assert _report(make_zip(pictures(60, "set/cats") | {"set/notes/readme.txt": b"hello"})).class_names == ()

    def test_a_single_folder_gives_no_classes(self, make_folder, pictures):
        report = _report(make_folder(pictures(60, "cats")))
        assert (report.class_names, report.class_counts, report.read) == ((), (), 60)

    def test_the_callback_is_called_for_every_file(self, make_zip, pictures):
        calls = []
        _report(make_zip(pictures(60) | {"x.txt": b"x"}), report=lambda *step: calls.append(step))
        assert calls == [(done, 61) for done in range(62)]

    @pytest.mark.parametrize(("side", "channels"), [(7, 1), (0, 1), (257, 3), (28, 2), (28, 4)])
    def test_other_sizes_are_refused(self, make_zip, pictures, side, channels):
        with pytest.raises(BadRequestError, match="8 to 256"):
            prepare(make_zip(pictures(60)), side, channels)


class TestRefusals:
    def test_refusals_are_counted_by_reason_with_examples(self, make_zip, pictures, picture):
        noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
        whole = _png(Image.fromarray(noise))
        bad = {
            "text.png": b"hello, I am a text",
            "more/empty.png": b"",
            "list.txt": b"a b c",
            "film.mp4": bytes(500),
            "cut.png": whole[: len(whole) // 2],
            "again/0000.png": pictures(1)["0000.png"],
        }
        report = _report(make_zip(pictures(60) | bad))
        assert _refused(report) == {
            "not JPEG, PNG, WebP, GIF or BMP": 4,
            "damaged": 1,
            "duplicate": 1,
        }
        first = report.refused[0]
        assert first.examples == ("film.mp4", "list.txt", "more/empty.png")
        assert str(first).startswith("4 not JPEG, PNG, WebP, GIF or BMP (film.mp4, ")
        assert str(first).endswith(", …)")
        assert report.found == 66 == report.read + sum(refusal.count for refusal in report.refused)

    def test_the_first_of_equal_files_is_kept(self, make_zip, pictures):
        twice = {f"b/{name}": data for name, data in pictures(60).items()}
        with prepare(make_zip({f"a/{name}": data for name, data in pictures(60).items()} | twice), 28, 1) as prepared:
            assert _refused(prepared.report) == {"duplicate": 60}
            assert len(prepared.images) == 60
            assert prepared.report.class_names == ()

    def test_equal_bad_files_are_not_counted_as_duplicates(self, make_zip, pictures):
        report = _report(make_zip(pictures(60) | {"1.txt": b"", "2.txt": b""}))
        assert _refused(report) == {"not JPEG, PNG, WebP, GIF or BMP": 2}

    def test_system_files_are_not_counted(self, make_zip, make_folder, pictures):
        droppings = {
            "__MACOSX/._0001.png": b"x",
            ".DS_Store": b"x",
            "sub/.DS_Store": b"x",
            "sub/._0001.png": b"x",
            "Thumbs.db": b"x",
            "sub/desktop.ini": b"x",
            ".git/config": b"x",
            "@eaDir/0001.png": b"x",
        }
        for source in (make_zip(pictures(60) | droppings), make_folder(pictures(60) | droppings)):
            report = _report(source)
            assert (report.found, report.read, report.refused) == (60, 60, ())

    def test_example_names_are_labels(self, make_zip, pictures):
        report = _report(make_zip(pictures(60) | {"evil\x1b[31m\u202ename.txt": b"", "x" * 500: b""}))
        assert report.refused[0].examples == ("evil[31mname.txt", "x" * 59 + "…")

    def test_too_many_pixels(self, make_zip, pictures):
        report = _report(make_zip(pictures(60) | {"wide.png": _png(Image.new("1", (51_000, 1_000)))}))
        assert _refused(report) == {"larger than 30 MB or 50 megapixels": 1}


class TestTransparency:
    """Letters and icons on a transparent background: one background for the whole set."""

    @pytest.mark.parametrize(("ink", "background", "word"), [(0, 255, "white"), (90, 255, "white"), (255, 0, "black")])
    @pytest.mark.parametrize("channels", [1, 3])
    def test_pictures_have_contrast_to_the_background(self, make_zip, ink, background, word, channels):
        with prepare(make_zip(_drawings(70, ink)), 32, channels) as prepared:
            assert prepared.report.read == 70 and prepared.report.refused == ()
            assert (prepared.images[:, 0, 0] == background).all()
            assert (np.abs(prepared.images.reshape(70, -1).astype(int) - background).max(axis=1) > 150).all()
            assert f"70 pictures are partly transparent: the background is {word}" in prepared.report.notes[0]
        sample = survey(make_zip(_drawings(70, ink))).suggestion.sample
        assert (sample[:, 0, 0] == background).all() and (np.ptp(sample.reshape(len(sample), -1), axis=1) > 150).all()

    @pytest.mark.parametrize("dark", [70, 40, 9])
    def test_black_and_white_drawings_together_are_visible_on_grey(self, make_zip, dark):
        files = {f"dark-{name}": data for name, data in _drawings(dark, 0).items()}
        files |= {f"light-{name}": data for name, data in _drawings(79 - dark, 255, first=200).items()}
        with prepare(make_zip(files), 32, 1) as prepared:
            assert prepared.report.read == 79 and prepared.report.refused == ()
            assert (prepared.images[:, 0, 0] == 128).all()
            assert (np.ptp(prepared.images.reshape(79, -1), axis=1) > 100).all()
            assert "79 pictures are partly transparent: the background is grey," in prepared.report.notes[0]
            assert sum(map(len, _splits(prepared.save("letters")))) == 79
        sample = survey(make_zip(files)).suggestion.sample
        assert (sample[:, 0, 0] == 128).all()

    def test_one_white_drawing_among_black_ones_is_left_out(self, make_zip):
        with prepare(make_zip(_drawings(70, 0) | _drawings(1, 255, first=200)), 32, 1) as prepared:
            assert _refused(prepared.report) == {"blank: one flat colour": 1}
            assert prepared.report.read == 70
            assert (prepared.images[prepared.labels >= 0, 0, 0] == 255).all()
            assert prepared.report.notes[0].startswith("70 pictures are partly transparent: the background is white")
            assert sum(map(len, _splits(prepared.save("letters")))) == 70

    def test_refused_transparent_pictures_are_not_counted(self, make_zip, pictures):
        drawing, clear = next(iter(_drawings(1, 0).values())), _png(Image.new("RGBA", (32, 32)))
        left_out = {"clear.png": clear}
        report = _report(make_zip(pictures(60) | left_out))
        assert _refused(report) == {"blank: one flat colour": 1} and not report.notes
        report = _report(make_zip(pictures(60) | left_out | {"drawing.png": drawing}))
        assert report.notes == ("1 picture is partly transparent: the background is white, which keeps most visible.",)

    def test_opaque_pictures_keep_their_background(self, make_zip, pictures):
        with prepare(make_zip(pictures(60)), 28, 1) as prepared:
            alone = np.array(prepared.images)
        with prepare(
            make_zip(pictures(60) | {f"z{name}": data for name, data in _drawings(5, 0).items()}), 28, 1
        ) as prepared:
            np.testing.assert_array_equal(prepared.images[:60], alone)
            assert (prepared.images[60:, 0, 0] == 255).all()


class TestCopies:
    def test_an_icon_at_two_sizes_is_in_one_split(self, make_zip):
        files = {f"{side}/{number}.png": _icon(number, side) for number in range(120) for side in (24, 64)}
        with prepare(make_zip(files), 28, 1) as prepared:
            assert prepared.report.read == 240 - sum(one.count for one in prepared.report.refused)
            assert "near copies of another one" in prepared.report.notes[-1]
            entry = prepared.save("icons")
        train, validation, test = _splits(entry)
        assert min(map(len, (validation, test))) > 20
        for held, others in ((test, (train, validation)), (validation, (train, test))):
            rest = np.concatenate([split.images for split in others]).astype(float)
            nearest = [np.abs(rest - image).mean(axis=(1, 2, 3)).min() for image in held.images]
            assert min(nearest) > 20, "of 255; two sizes of one icon differ by less"

    def test_letters_at_two_sizes_with_other_names_are_in_one_split(self, make_zip):
        names = iter(np.random.default_rng(0).permutation(1000))
        letters = "ABDEFGHJKLMNPQRSTUVXYZabdefghkmnrtwy2346789&%@#"
        files = {f"{next(names)}.png": _letter(sign, side) for sign in letters for side in (24, 60)}
        with prepare(make_zip(files), 28, 1) as prepared:
            groups, names = prepared._groups, sorted(files)
        by_name = dict(zip(names, groups, strict=True))
        pairs = list(files)
        together = [by_name[a] == by_name[b] for a, b in zip(pairs[::2], pairs[1::2], strict=True)]
        assert np.mean(together) > 0.9
        assert len(np.unique(groups)) > 0.8 * len(letters), "different letters are not one group"

    def test_the_same_picture_in_another_file_is_left_out(self, make_zip, pictures):
        again = {f"again-{name}": _png(Image.open(io.BytesIO(data)), "BMP") for name, data in pictures(70).items()}
        with prepare(make_zip(pictures(70) | again), 28, 1) as prepared:
            assert _refused(prepared.report) == {"with the same picture as another": 70}
            assert prepared.report.read == 70

    def test_if_nearly_all_are_copies_it_is_reported_that_splits_share_some(self, make_zip):
        rng = np.random.default_rng(0)
        scenes = rng.integers(0, 256, (3, 28, 28))
        frames = scenes[np.arange(90) % 3] + rng.normal(0, 5, (90, 28, 28))
        files = {f"{i}.png": _png(Image.fromarray(one.astype(np.uint8))) for i, one in enumerate(frames.clip(0, 255))}
        with prepare(make_zip(files), 28, 1) as prepared:
            entry = prepared.save("film")
        assert any("the train and test splits share some of them" in note for note in entry.record.notes)


def _drawings(count: int, ink: int, first: int = 0) -> dict[str, bytes]:
    """Different discs of one grey on a transparent background."""
    files = {}
    for number in range(first, first + count):
        rng = np.random.default_rng(number)
        picture = Image.new("LA", (48, 48))
        for _ in range(3):
            left, top = rng.integers(6, 24, 2).tolist()
            ImageDraw.Draw(picture).ellipse((left, top, left + 16, top + 14), fill=(ink, 255))
        files[f"{number}.png"] = _png(picture)
    return files


def _icon(number: int, side: int) -> bytes:
    """A drawing of boxes for a given size."""
    rng = np.random.default_rng(number)
    large = Image.new("L", (240, 240), 255)
    for _ in range(5):
        left, top, width, height = rng.integers([0, 0, 30, 30], [170, 170, 120, 120]).tolist()
        ImageDraw.Draw(large).rectangle((left, top, left + width, top + height), fill=int(rng.integers(0, 200)))
    return _png(large.resize((side, side), Image.Resampling.BOX))


def _letter(sign: str, side: int) -> bytes:
    large = Image.new("L", (240, 240), 255)
    ImageDraw.Draw(large).text((120, 120), sign, 0, ImageFont.load_default(200), "mm")
    return _png(large.resize((side, side), Image.Resampling.LANCZOS))


def _splits(entry):
    dataset = load_dataset(entry.id)
    return dataset.train, dataset.validation, dataset.test


class TestTooLittle:
    def test_sixty_are_needed(self, make_zip, pictures):
        assert MIN_IMAGES == 60
        assert _report(make_zip(pictures(60))).read == 60
        files = pictures(59) | {"a.txt": b"", "b.txt": b"x"}
        with pytest.raises(DataError) as caught:
            prepare(make_zip(files), 28, 1)
        assert str(caught.value) == (
            "pictures.zip has 59 usable pictures among 61 files; at least 60 are needed. Refused: "
            "2 not JPEG, PNG, WebP, GIF or BMP (a.txt, b.txt). Add more pictures."
        )

    def test_pictures_outside_the_classes_are_not_counted(self, make_zip, pictures):
        with pytest.raises(DataError, match=r"has 59 usable pictures.*1 outside the class folders \(zz\.png\)"):
            prepare(make_zip(pictures(59, "a", "b") | {"zz.png": pictures(1, first=99)["0000.png"]}), 28, 1)

    def test_two_pictures(self, make_folder, pictures):
        with pytest.raises(
            DataError, match=r"pictures has 2 usable pictures among 2 files; at least 60 are needed\. Add more"
        ):
            prepare(make_folder(pictures(2)), 28, 1)

    @pytest.mark.parametrize("call", [survey, lambda source: prepare(source, 28, 1)])
    def test_an_empty_source_is_refused(self, make_zip, make_folder, call, tmp_path):
        for empty in (make_zip({}), make_folder({}), make_zip({".DS_Store": b"x"}, "droppings.zip")):
            with pytest.raises(DataError, match=f"{empty.name} contains no files"):
                call(empty)
        with pytest.raises(DataError, match=r"There is no folder or zip .*absent"):
            call(tmp_path / "absent")

    def test_a_source_without_pictures_is_refused(self, make_zip):
        with pytest.raises(DataError, match=r"has 0 usable pictures among 100 files.*100 not JPEG"):
            prepare(make_zip({f"{index}.jpg": bytes([index]) * 50 for index in range(100)}), 28, 1)

    def test_a_single_picture_is_refused(self, make_folder, pictures):
        folder = make_folder(pictures(1))
        with pytest.raises(DataError, match=r"0000\.png: not a zip file, or truncated.*choose the folder"):
            prepare(folder / "0000.png", 28, 1)


class TestStopping:
    def test_an_error_in_the_callback_stops_and_leaves_no_files(self, make_zip, pictures, user_data_home):
        class StopError(Exception):
            pass

        def report(done, total):
            if done == 30:
                raise StopError

        with pytest.raises(StopError) as stopped:
            prepare(make_zip(pictures(90)), 28, 1, report=report)
        assert stopped.tb, "files are removed even if the traceback refers to them"
        assert list(user_data_home.iterdir()) == []

    def test_too_few_pictures_leave_no_files(self, make_zip, pictures, user_data_home):
        with pytest.raises(DataError) as refused:
            prepare(make_zip(pictures(3)), 28, 1)
        assert refused.tb, "files are removed even if the traceback refers to them"
        assert list(user_data_home.iterdir()) == []

    def test_unsaved_pictures_leave_no_files(self, make_zip, pictures, user_data_home):
        with prepare(make_zip(pictures(60)), 28, 1):
            assert len(list(user_data_home.iterdir())) == 1
        assert list(user_data_home.iterdir()) == []

    def test_a_garbage_collected_set_leaves_no_files(self, make_zip, pictures, user_data_home):
        prepared = prepare(make_zip(pictures(60)), 28, 1)
        assert len(list(user_data_home.iterdir())) == 1
        del prepared
        assert list(user_data_home.iterdir()) == []


class TestSurvey:
    def test_it_counts_by_name_and_suggests_by_sample(self, make_zip, pictures):
        found = survey(make_zip(pictures(80, "set/a", "set/b", size=(90, 40)) | {"readme.txt": b"hello"}))
        assert (found.source, found.found, found.pictures) == ("pictures.zip", 81, 80)
        assert found.class_names == ("a", "b")
        assert (found.suggestion.side, found.suggestion.channels, found.suggestion.short_side) == (48, 3, 40)
        assert found.suggestion.sample.shape == (48, 48, 48, 3)

    @pytest.mark.parametrize(
        ("size", "side"),
        [((5, 9), 28), ((28, 28), 28), ((29, 90), 32), ((64, 64), 64), ((65, 65), 64), ((500, 400), 64)],
    )
    def test_the_side_is_the_smallest_that_covers_the_median_picture(self, make_zip, pictures, size, side):
        assert survey(make_zip(pictures(5, size=size))).suggestion.side == side

    def test_the_largest_side_can_be_limited(self, make_zip, pictures):
        source = make_zip(pictures(5, size=(100, 120)))
        assert [survey(source, most=most).suggestion.side for most in (128, 96, 28)] == [128, 96, 28]

    def test_grey_pictures_are_grey_for_any_mode(self, make_zip, pictures):
        grey = {f"g{name}": data for name, data in pictures(20, mode="L").items()}
        as_colour = {f"j/{i}.jpg": _png(Image.new("L", (40, 40), 9 * i).convert("RGB"), "JPEG") for i in range(20)}
        assert survey(make_zip(grey | as_colour)).suggestion.channels == 1
        assert survey(make_zip(grey | pictures(4))).suggestion.channels == 1
        assert survey(make_zip(grey | pictures(20))).suggestion.channels == 3

    def test_unreadable_pictures_are_skipped(self, make_zip, pictures):
        bad = {f"a{index}.png": b"bad" for index in range(50)}
        found = survey(make_zip(bad | pictures(10, size=(64, 64))))
        assert (len(found.suggestion.sample), found.suggestion.side) == (10, 64)
        nothing = survey(make_zip(bad)).suggestion
        assert (nothing.side, nothing.channels, len(nothing.sample)) == (28, 1, 0)

    def test_it_is_the_same_each_time(self, make_zip, pictures):
        source = make_zip(pictures(100))
        np.testing.assert_array_equal(survey(source).suggestion.sample, survey(source).suggestion.sample)


# In a separate process, whose memory is limited to that after the imports plus the given bytes.
_BOUNDED = """
import re, resource, sys
from pathlib import Path
from PIL import BmpImagePlugin
from vae.data import load_dataset
from vae.data.intake import prepare
status = Path("/proc/self/status")
if status.exists():
    now = 1024 * int(re.search(r"VmData:\\s+(\\d+)", status.read_text())[1])
    resource.setrlimit(resource.RLIMIT_DATA, (now + int(sys.argv[2]),) * 2)
with prepare(sys.argv[1], 128, 3) as prepared:
    report = prepared.report
    entry = prepared.save("many")
data = load_dataset(entry.id)
splits = (data.train, data.validation, data.test)
images = sum(map(len, splits))
print(report.read, len(report.refused), images, sum(split.images.nbytes for split in splits))
"""


@pytest.mark.full
def test_memory_does_not_depend_on_the_number_of_pictures(make_zip, run_python):
    rng, files = np.random.default_rng(0), {}
    for index in range(LARGE):
        picture = Image.fromarray(rng.integers(0, 256, (28, 28), np.uint8))
        files[f"c{index % 3}/{index}.bmp"] = _png(picture, "BMP")
    source = make_zip(files)
    del files
    done = run_python("-c", _BOUNDED, str(source), str(150_000_000 + 3_000 * LARGE))
    assert done.returncode == 0, done.stderr
    read, refused, images, size = map(int, done.stdout.split())
    assert (read, refused, images) == (LARGE, 0, LARGE)
    assert size == LARGE * 128 * 128 * 3  # 246 MB for 5,000


def test_reading_ahead_is_limited(make_zip, pictures, monkeypatch):
    """The number of files that are read but not decoded is limited."""
    from vae.data import decoding, zip_files

    read, seen = [], []
    real = zip_files.ZipFiles.read
    monkeypatch.setattr(zip_files.ZipFiles, "read", lambda self, entry: read.append(entry) or real(self, entry))
    monkeypatch.setattr(decoding, "_WAITING", 5)
    _report(make_zip(pictures(100)), report=lambda done, total: seen.append(len(read) - done))
    assert max(seen) <= 6
    monkeypatch.setattr(decoding, "_WAITING_BYTES", 1)
    seen.clear()
    read.clear()
    _report(make_zip(pictures(100)), report=lambda done, total: seen.append(len(read) - done))
    assert max(seen) <= 2


def test_the_free_space_is_checked_first(make_zip, pictures, monkeypatch, user_data_home):
    import shutil
    from collections import namedtuple

    usage = namedtuple("usage", "total used free")
    needed = 2 * 60 * 128 * 128 * 3 + 50_000_000
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage(0, 0, needed - 1))
    with pytest.raises(DataError, match=r"needs 56 MB of free space and has 56 MB\. Free some space"):
        prepare(make_zip(pictures(60)), 128, 3)
    assert not user_data_home.exists()
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage(0, 0, needed))
    assert _report(make_zip(pictures(60)), 128, 3).read == 60


def test_the_limits_are_those_of_the_documents():
    from vae.data import files, zip_files

    assert (files.MAX_FILES, zip_files.MAX_UNPACKED, intake.MOST_SIDE) == (200_000, 8_000_000_000, 256)
