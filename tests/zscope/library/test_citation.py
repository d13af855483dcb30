"""The five lines run, and BibTeX can read the entry."""

import re
from datetime import UTC, datetime

import numpy as np
import pytest

from vae.formats.bundle import save_bundle
from vae.models.config import ModelConfig
from zscope.library import rename
from zscope.library.citation import bibtex, five_lines
from zscope.library.registry import list_models, models_folder

SHIPPED = {entry.id: entry for entry in list_models() if entry.shipped}
MADE = datetime(2026, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize("id", SHIPPED)
def test_the_five_lines_run_and_give_what_they_say(id):
    lines = five_lines(SHIPPED[id])
    assert len(lines.splitlines()) == 5
    names = {}
    exec(lines, names)
    said = [tuple(map(int, shape.split(", "))) for shape in re.findall(r"# \w+ \(([\d, ]+)\)", lines)]
    assert said == [names["codes"].shape, names["pictures"].shape]
    assert names["pictures"].dtype == np.uint8 and np.ptp(names["pictures"]) > 200


@pytest.mark.full
def test_the_five_lines_in_a_process_of_their_own(run_python):
    done = run_python("-c", five_lines(SHIPPED["mnist-2d"]) + "\nprint(pictures.shape)")
    assert (done.returncode, done.stdout.strip()) == (0, "(8, 28, 28, 1)"), done.stderr


def test_of_a_conditional_model_and_of_a_decoder_alone(make_content, monkeypatch, tmp_path):
    monkeypatch.setenv("ZSCOPE_MODELS", str(tmp_path))
    config = ModelConfig(image_shape=(8, 8, 1), latent_dim=3, widths=(4, 6), dense_units=10, classes=10)
    save_bundle(models_folder() / "conditional", **make_content(config) | {"id": "conditional"})
    entry = next(entry for entry in list_models() if entry.id == "conditional")
    for shape in ((8, 13), (8, 13)):
        names = {}
        exec(five_lines(entry), names)
        assert names["codes"].shape == shape and names["pictures"].shape == (8, 8, 8, 1)
        monkeypatch.setattr(ModelConfig, "encodes", False)
    assert "load_test_split" not in five_lines(entry) and len(five_lines(entry).splitlines()) == 5


def test_an_entry_s_fields():
    entry = SHIPPED["mnist-16"]
    text = bibtex(entry, MADE, "Zscope")
    weights = entry.manifest.files["weights.safetensors"].sha256
    assert text.startswith(f"@misc{{zscope-mnist-16-{weights[:8]},\n") and text.endswith("\n}")
    fields = dict(re.findall(r"^  (\w+) = (.+),$", text, re.MULTILINE))
    assert fields["title"] == "{{MNIST, 16 dimensions}}"
    assert (fields["author"], fields["year"], fields["month"]) == ("{{Zscope}}", "{2026}", "mar")
    assert weights[:16] in fields["note"]


@pytest.mark.parametrize("title", [r"100 % & #1 $5 a_b ~x^2 \input{/etc/passwd} }{", "ÄÖ «ß» 数字"])
def test_a_title_of_any_signs_is_text(make_content, monkeypatch, tmp_path, title):
    monkeypatch.setenv("ZSCOPE_MODELS", str(tmp_path))
    save_bundle(models_folder() / "tiny", **make_content())
    rename("tiny", title)
    (entry,) = (entry for entry in list_models() if entry.id == "tiny")
    text = bibtex(entry, MADE, "Your name")
    bare = re.sub(r"\\[{}]", "", text)
    assert bare.count("{") == bare.count("}"), "braces pair up"
    field = re.search(r"^  title = \{\{(.*)\}\},$", text, re.MULTILINE)[1]
    assert not re.search(r"(?<!\\)[%&#$_~^]", field)
    assert "\\input" not in field
