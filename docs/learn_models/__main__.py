"""Writes `assets/learn`: decoders in half precision, codes and pictures, the film, and all measured numbers.

It takes about ten minutes on two slow cores. The data set is found as for every training: see `ZSCOPE_DATA`.
"""

import json
from dataclasses import replace
from typing import Any

import numpy as np
from safetensors.numpy import save

from docs.learn_models.evidence import posteriors
from docs.learn_models.film import film
from docs.learn_models.measuring import measure
from docs.learn_models.mistakes import POSTERIORS, register_mistakes
from docs.learn_models.recipes import RECIPES, Recipe
from vae.assets import ASSETS
from vae.data import Dataset, load_dataset
from vae.errors import DataError
from vae.evaluation.features import load_features
from vae.formats.exporting.demo import graph_data
from vae.models.networks.plan import part_graph
from vae.models.vae import VAE
from vae.training.fit import train

FOLDER = ASSETS / "learn"
CODES = 1000  # test images whose codes are written
PICTURES = 10  # test images whose reconstructions are written: the first of each class


def main() -> None:
    register_mistakes()
    FOLDER.mkdir(exist_ok=True)
    dataset = load_dataset("mnist")
    test = dataset.test
    features = load_features(dataset.info)
    if features is None:
        raise DataError("There is no feature extractor for MNIST.", "Run python -m vae.evaluation.train_features.")
    chosen = [int(np.flatnonzero(test.labels == label)[0]) for label in range(PICTURES)]
    document: dict[str, Any] = {"images": chosen, "testImages": len(test), "models": {}}
    for recipe in RECIPES:
        vae = _trained(dataset, recipe)
        measured = measure(vae, test.images, features, POSTERIORS.get(recipe.key))
        arrays = {
            "z_mean": measured.z_mean[:CODES].astype(np.float16),
            "z_log_var": measured.z_log_var[:CODES].astype(np.float16),
            "chosen_mean": measured.z_mean[chosen].astype(np.float32),
            "chosen_log_var": measured.z_log_var[chosen].astype(np.float32),
            "reconstructions": measured.pictures[chosen][..., 0],
            "draws": measured.draws[:PICTURES][..., 0],
        }
        entry: dict[str, Any] = {
            "latentDim": recipe.model_config.latent_dim,
            "likelihood": recipe.model_config.likelihood,
            "training": recipe.model | recipe.training | {"epochs": recipe.train_config.epochs, "seed": 0},
            "figures": measured.figures,
        }
        if recipe.decoder:
            entry["graph"] = graph_data(part_graph(recipe.model_config, "decoder"))
            arrays |= _weights(vae, recipe, "decoder")
        if width := next((name for name in vae.named_weights() if name.startswith("likelihood/")), None):
            entry["width"] = round(float(np.exp(vae.named_weights()[width].numpy())), 5)
        if recipe.key == "vae":
            entry["encoder"] = graph_data(part_graph(recipe.model_config, "encoder"))
            arrays |= _weights(vae, recipe, "encoder")
            entry |= _exact(vae, test.images[chosen])
        document["models"][recipe.key] = entry
        (FOLDER / f"{recipe.key}.safetensors").write_bytes(save(arrays))
        print(recipe.key, measured.figures, flush=True)
    shared = {"images": test.images[chosen][..., 0], "labels": test.labels[:CODES].astype(np.uint8)}
    (FOLDER / "test.safetensors").write_bytes(save(shared))
    sheet, codes, document["film"] = film(dataset, RECIPES[0])
    (FOLDER / "film.webp").write_bytes(sheet)
    (FOLDER / "film.safetensors").write_bytes(save({**codes, "codes": codes["codes"].astype(np.float16)}))
    (FOLDER / "models.json").write_text(json.dumps(document, indent=1) + "\n")


def _trained(dataset: Dataset, recipe: Recipe) -> VAE:
    """Train a model, and round its weights to half precision, so that the figures are those of the written weights."""
    # The loss of a validation epoch is not needed: one thousand images are enough to see a divergence.
    held_out = replace(
        dataset.validation, images=dataset.validation.images[:1000], labels=dataset.validation.labels[:1000]
    )
    vae, _ = train(replace(dataset, validation=held_out), recipe.model_config, recipe.train_config)
    vae.assign(
        {name: weight.numpy().astype(np.float16).astype(np.float32) for name, weight in vae.named_weights().items()}
    )
    return vae


def _exact(vae: VAE, images: np.ndarray) -> dict[str, list]:
    """Return log p(x) and the true posterior of images in black and white, whose likelihood is a probability."""
    log_evidence, mean, sigma = posteriors(vae, images > 127)
    exact = {"logEvidence": log_evidence, "posteriorMean": mean, "posteriorSigma": sigma}
    return {name: np.round(values.astype(np.float64), 3).tolist() for name, values in exact.items()}


def _weights(vae: VAE, recipe: Recipe, part: str) -> dict[str, np.ndarray]:
    named = vae.named_weights()
    names = part_graph(recipe.model_config, part).weight_shapes()
    return {f"{part}/{name}": named[f"{part}/{name}"].numpy().astype(np.float16) for name in names}


if __name__ == "__main__":
    main()
