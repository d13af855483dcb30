"""How well the score of unusual pictures separates another data set from the model's own."""

import numpy as np
from sklearn.metrics import roc_auc_score

from vae.data import load_dataset
from vae.pictures.reconstruction import Reader
from zscope.library.open_models import load_model

PAIRS = {"mnist-16": ("mnist", "fashion-mnist"), "fashion-16": ("fashion-mnist", "mnist")}  # model: inside, outside
_PART = 1000


def run() -> dict:
    result = {}
    for name, (inside, outside) in PAIRS.items():
        model = load_model(name)
        reader = Reader(model)
        images = [load_dataset(kind).test.images for kind in (inside, outside)]
        strange = np.repeat([False, True], [len(some) for some in images])
        result[name] = {
            "inside": inside,
            "outside": outside,
            "images": len(strange),
            "unusual": _auroc(strange, [reader.unusual(some) for some in images]),
            "likelihood": _auroc(strange, [-_elbo(model, some) for some in images]),
        }
    return result


def _auroc(strange: np.ndarray, scores: list[np.ndarray]) -> float:
    return round(float(roc_auc_score(strange, np.concatenate(scores))), 4)


def _elbo(model, images: np.ndarray) -> np.ndarray:
    """log p(x | z) - KL at the posterior's mean, nats, float `(n,)`."""
    vae, found = model.bundle.vae, []
    for start in range(0, len(images), _PART):
        part = images[start : start + _PART].astype(np.float32) / 255
        z_mean, z_log_var = vae.encode(part)
        found.append(np.asarray(vae.log_prob_x(part, z_mean) - vae.kl(z_mean, z_mean, z_log_var)))
    return np.concatenate(found)
