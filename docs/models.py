"""Makes docs/models.md and a sheet of samples for each bundled model: `python -m docs.models`."""

from pathlib import Path
from typing import TypeVar

import numpy as np

from vae.errors import BundleError
from vae.formats.bundle import Card, Manifest
from vae.formats.bundle.schema import Figure
from zscope.library.registry import list_models

__all__ = ["models_page"]

HERE = Path(__file__).resolve().parent
DRAWS = 64
SEED = 0
Part = TypeVar("Part")

_HEAD = """# Bundled models

`python -m docs.models` makes this page from the model cards (`assets/models/*/card.json`), which also have the training curves.
All figures are measured on the 10,000 test images, which were not used for training; ± is the standard error over images. Each model was trained on
50,000 of the 60,000 training images. The other 10,000 are the validation split.

- **kNN accuracy**: share of test images whose class is that of most of the 10 nearest of 50,000 training codes (Euclidean distance between means).
- **MSE**: squared error per pixel in [0, 1] of the picture decoded from the posterior mean.
- **MSE ÷ PCA**: this error, divided by that of principal component analysis with as many dimensions, fitted to the training images.
- **NLL**: −log p(x) in nats, by the importance-weighted bound. Compare it only between models with the same likelihood and binarisation.
- **Precision, recall** (Kynkäänniemi et al. 2019), **density, coverage** (Naeem et al. 2020): 10,000 samples from the prior against the test
  images, in 64 features of a small classifier. In brackets: the values that 10,000 training images reach.
"""


def models_page(models: list[tuple[Manifest, Card]]) -> str:
    """The page as Markdown."""
    return "\n".join([_HEAD, _table(models), *(_section(manifest, card) for manifest, card in models)])


def _table(models: list[tuple[Manifest, Card]]) -> str:
    rows = [
        "| model | kNN accuracy | MSE | MSE ÷ PCA | NLL | active | precision | recall | density | coverage |",
        "|" + "---|" * 10,
    ]
    for manifest, card in models:
        m = card.metrics
        samples = _measured(m.samples, "sample quality", manifest.id)
        knn, iwae = _measured(m.knn_accuracy, "kNN accuracy", manifest.id), _measured(m.iwae, "NLL", manifest.id)
        overlaps = [
            f"{getattr(samples, name).value:.2f} ({getattr(samples.ceiling, name).value:.2f})"
            for name in ("precision", "recall", "density", "coverage")
        ]
        cells = [
            f"`{manifest.id}`",
            f"{100 * knn.value:.2f} ± {100 * knn.standard_error:.2f} %",
            _pm(_measured(m.mse, "MSE", manifest.id), 5),
            f"{_measured(m.mse, 'MSE', manifest.id).value / _measured(m.pca_mse, 'PCA', manifest.id).value:.2f}",
            _pm(Figure(value=-iwae.value, standard_error=iwae.standard_error), 2),
            f"{m.active_units} of {manifest.model.latent_dim}",
            *overlaps,
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _measured(part: Part | None, name: str, id: str) -> Part:
    if part is None:
        raise BundleError(f"The card of {id} has no {name}.", "Bundle a model that `zscope train` made.")
    return part


def _pm(figure: Figure, digits: int) -> str:
    return f"{figure.value:.{digits}f} ± {figure.standard_error:.{digits}f}"


def _section(manifest: Manifest, card: Card) -> str:
    training, metrics = _measured(card.training, "training record", manifest.id), card.metrics
    return f"""## {manifest.id}

{card.summary} {card.parameters:,} weights; {training.seconds / 60:.0f} minutes of training on {training.device}, {training.backend}.
NLL with {metrics.iwae_samples:,} samples for each of {metrics.iwae_images:,} test images.

```sh
{training.command}
```

{DRAWS} samples from its prior with seed {SEED}, all shown; on the right, {DRAWS} test images:

![{DRAWS} samples of {manifest.id} beside {DRAWS} test images](images/draws-{manifest.id}.png)
"""


def main() -> None:
    from PIL import Image

    from vae.data import load_test_split
    from vae.evaluation.prior_samples import draw_pictures
    from vae.formats.bundle import load_bundle
    from vae.pictures.contact_sheet import contact_sheet

    models = []
    for entry in list_models():
        if not entry.shipped:
            continue
        bundle = load_bundle(entry.path)
        models.append((bundle.manifest, bundle.card))
        test = load_test_split(bundle.manifest.dataset)
        rng = np.random.default_rng(SEED)
        draws = draw_pictures(bundle.vae, DRAWS, test.labels, rng)
        real = test.images[np.sort(rng.permutation(len(test))[:DRAWS])]
        left, right = (contact_sheet(images, 8, scale=2) for images in (draws, real))
        sheet = Image.new("RGB", (2 * left.width + 24, left.height), (16, 19, 28))
        sheet.paste(left, (0, 0))
        sheet.paste(right, (left.width + 24, 0))
        sheet.save(HERE / "images" / f"draws-{entry.id}.png", optimize=True)
    (HERE / "models.md").write_text(models_page(models))


if __name__ == "__main__":
    main()
