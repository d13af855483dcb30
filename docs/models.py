"""Makes docs/models.md and a sheet of samples for each bundled model: `python -m docs.models`."""

from pathlib import Path

import numpy as np

from vae.formats.bundle import Card, Manifest
from vae.formats.bundle.schema import Figure
from zscope.library.registry import list_models

__all__ = ["models_page"]

HERE = Path(__file__).resolve().parent
DRAWS = 64
SEED = 0

_HEAD = """# The models that ship

Made by `python -m docs.models` from the models' cards (`assets/models/*/card.json`), where every figure stands with the training curves.
All figures are of the 10,000 test images, which no model has seen; ± is the standard error over images. Each was trained on the 50,000 of
the 60,000 training images that are not held back for validation.

- **kNN accuracy**: share of test images whose class the 10 nearest of 50,000 training codes name (Euclidean distance between means).
- **MSE**: per pixel in [0, 1], of the picture decoded from the posterior's mean.
- **NLL**: −log p(x) in nats, by the importance-weighted bound; comparable between models of one likelihood and binarisation only.
- **Precision, recall** (Kynkäänniemi et al. 2019), **density, coverage** (Naeem et al. 2020): 10,000 draws from the prior against the test
  images, in 64 features of a small classifier; in brackets what 10,000 training images reach, the ceiling.
"""


def models_page(models: list[tuple[Manifest, Card]]) -> str:
    """The page as Markdown."""
    return "\n".join([_HEAD, _table(models), *(_section(manifest, card) for manifest, card in models)])


def _table(models: list[tuple[Manifest, Card]]) -> str:
    rows = ["| model | kNN accuracy | MSE | NLL | active | precision | recall | density | coverage |", "|" + "---|" * 9]
    for manifest, card in models:
        m, samples = card.metrics, card.metrics.samples
        overlaps = [
            f"{getattr(samples, name).value:.2f} ({getattr(samples.ceiling, name).value:.2f})"
            for name in ("precision", "recall", "density", "coverage")
        ]
        cells = [
            f"`{manifest.id}`",
            f"{100 * m.knn_accuracy.value:.2f} ± {100 * m.knn_accuracy.standard_error:.2f} %",
            _pm(m.mse, 5),
            _pm(Figure(value=-m.iwae.value, standard_error=m.iwae.standard_error), 2),
            f"{m.active_units} of {manifest.model.latent_dim}",
            *overlaps,
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _pm(figure: Figure, digits: int) -> str:
    return f"{figure.value:.{digits}f} ± {figure.standard_error:.{digits}f}"


def _section(manifest: Manifest, card: Card) -> str:
    training, metrics = card.training, card.metrics
    return f"""## {manifest.id}

{card.summary} {card.parameters:,} weights; {training.seconds / 60:.0f} minutes of training on {training.device}, {training.backend}.
NLL with {metrics.iwae_samples:,} draws for each of {metrics.iwae_images:,} test images.

```sh
{training.command}
```

{DRAWS} draws from its prior, seed {SEED}, not one left out; on the right, as many test images:

![{DRAWS} draws of {manifest.id} beside {DRAWS} test images](images/draws-{manifest.id}.png)
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
