"""What the documents say of the models that ship is what their cards say."""

import re
from pathlib import Path

import pytest

from docs.models import models_page
from docs.zoo import zoo_page
from vae.formats.bundle import load_bundle
from zscope.library.registry import list_models

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def shipped():
    bundles = [load_bundle(entry.path) for entry in list_models() if entry.shipped]
    return [(bundle.manifest, bundle.card) for bundle in bundles]


def test_the_models_page_is_the_cards(shipped):
    assert (ROOT / "docs" / "models.md").read_text() == models_page(shipped), "run: python -m docs.models"


def test_every_model_has_its_draws(shipped):
    for manifest, _ in shipped:
        assert (ROOT / "docs" / "images" / f"draws-{manifest.id}.png").stat().st_size > 10_000


def test_the_table_of_the_readme_is_the_cards(shipped):
    text = (ROOT / "README.md").read_text()
    for manifest, card in shipped:
        accuracy, mse = card.metrics.knn_accuracy, card.metrics.mse
        row = (
            f"| `{manifest.id}` | {manifest.model.latent_dim}, {card.metrics.active_units} active "
            f"| {100 * accuracy.value:.2f} ± {100 * accuracy.standard_error:.2f} % "
            f"| {mse.value:.5f} ± {mse.standard_error:.5f} | {card.parameters:,} |"
        )
        assert row in text


def test_the_zoo_s_tables_are_those_of_the_registered_kinds():
    text = (ROOT / "docs" / "zoo.md").read_text(encoding="utf-8")
    assert text == zoo_page(text), "run: python -m docs.zoo"


@pytest.mark.parametrize("document", ["README.md", "docs/api.md"])
def test_the_python_examples_run(run_python, document):
    examples = re.findall(r"^```python\n(.*?)^```", (ROOT / document).read_text(), re.MULTILINE | re.DOTALL)
    assert examples
    done = run_python("-c", "\n".join(examples))
    assert done.returncode == 0, done.stderr


def test_every_link_of_a_document_leads_to_a_file():
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = []
    for document in documents:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text()):
            if "://" not in target and not (document.parent / target).exists():
                broken.append(f"{document.relative_to(ROOT)}: {target}")
    assert broken == []
