"""Writes the bundled lecture, `assets/talks/variational-autoencoders.json`: `python -m docs.lecture`.

The texts are here; `python -m docs.languages` collects them for translation. The codes are those of the bundled models, so run it
again after one of them was trained again.
"""

import numpy as np

from vae.assets import ASSETS
from vae.message import N_
from zscope.library.registry import open_model
from zscope.library.talks import Page, Scene, SceneStop, Talk, format_talk

__all__ = ["MOVED", "lecture"]

_MODEL, _PLANE = "mnist-16", "mnist-2d"
_SEVEN, _FOUR = 0, 4  # indices of test images
MOVED = 3  # the dimension with the widest codes; the notes name it


def lecture() -> Talk:
    """Make the lecture: 20 minutes, a minute for each scene."""
    codes = open_model(_MODEL).reference.z_mean  # (n, 16)
    labels = open_model(_MODEL).reference.labels
    seven, four, nine = codes[_SEVEN], codes[_FOUR], codes[labels == 9].mean(axis=0)
    moved = seven.copy()
    moved[MOVED] = codes[:, MOVED].min() * 0.8
    computed = four + nine - codes[labels == 4].mean(axis=0)
    scenes = [
        _at(N_("A picture from 16 numbers"), seven, _SEVEN,
            N_("Start. The model has 16 latent dimensions. A network, the decoder, computes the picture from the 16 sliders."
               " It is decoded again at each step of a drag. Drag one slider.")),
        _at(N_("Change one number"), moved, None,
            N_("The point moves along dimension 3; the others stay. Ask what this dimension means. It was not"
               " chosen: training found it."), seconds=4.0),
        _at(N_("Another image, another code"), four, _FOUR,
            N_("Every image has a code. Each picture on the way is decoded too. Watch the marker on the map."), seconds=4.0),
        _scene("map", N_("Where the images are"),
               N_("Each dot is a test image at the place of its code; the map (t-SNE) keeps neighbours together. Move the pointer"
                  " over dots and between them. No class was given to this model, but classes separate."),
               z=_numbers(four), image=_FOUR, map="method=tsne&images=test&perplexity=30.0&seed=0"),
        _chapter("why", N_("Why generate?"),
                 N_("What can a model do that knows how the data were made? Draw new pictures, fill gaps, compress, find unusual"
                    " ones.")),
        _chapter("autoencoder", N_("An autoencoder is not enough"),
                 N_("Drag the point on both planes. The autoencoder has no rule for the space between its codes. The VAE fills it."
                    " Read the share of data that draws cover.")),
        _plane(N_("A latent space that one can see"),
               N_("This VAE has two dimensions, so the whole space is one picture. Drag the point across a border of classes.")),
        _chapter("latent", N_("Why p(x) cannot be computed"),
                 N_("p(x) is a mean over all codes. Almost all codes do not explain this image. Increase the draws and watch how"
                    " slowly the estimate rises.")),
        _chapter("inference", N_("Variational inference"),
                 N_("Bright: the codes that explain the image. Drag q, then let gradient ascent find it. The ELBO never exceeds"
                    " the dashed line.")),
        _chapter("reparameterisation", N_("The reparameterisation trick"),
                 N_("Both estimators are right on average. Compare their widths. Then open a mistake: noise without the mean.")),
        _chapter("kl", N_("KL and ELBO"),
                 N_("The KL is an area. Set μ = 0 and σ = 1. Then move β: a small one tears the space, a large one forgets the"
                    " images.")),
        _chapter("likelihoods", N_("Which likelihood?"),
                 N_("Cross-entropy, squared error and absolute error are likelihoods. A mean over pixels in place of a sum is the"
                    " most frequent mistake: it multiplies β by 784.")),
        _chapter("training", N_("Training, step by step"),
                 N_("Play the film. First all codes lie together, then classes separate while the KL rises. Scrub back.")),
        _chapter("networks", N_("The networks in code"),
                 N_("Encoder and decoder, layer by layer, and the code of this project.")),
        _scene("interpolate", N_("Paths between two digits"),
               N_("Four ways from a 4 to a 9. The straight one may leave the data, which the red parts show."),
               stops=(_stop(four, _FOUR), _stop(computed, None))),
        _at(N_("Compute with codes"), computed, None,
            N_("4 − mean of the fours + mean of the nines: a 9 in the same handwriting. Go back one scene and forth again if you"
               " like."), seconds=3.0),
        _scene("reconstruct", N_("Your own picture"),
               N_("Ask a listener to draw a digit, or photograph one. Read how typical it is and how well it is reconstructed. The"
                  " repair fills what you erase.")),
        _chapter("gan", N_("VAE and GAN"), N_("They are independent ideas. Why are draws of a VAE blurred?")),
        _chapter("limits", N_("Limits"), N_("Posterior collapse: raise β, count the active dimensions, and switch on free bits.")),
        _chapter("uses", N_("What it is for"), N_("Questions, and links to try everything at home.")),
    ]  # fmt: skip
    return Talk(N_("Variational autoencoders"), tuple(
        Scene(**{**values, "id": f"{number:08x}"}) for number, values in enumerate(scenes, 1)
    ))  # fmt: skip


def _scene(page: Page, title: str, notes: str, **values) -> dict:
    return {"page": page, "model": _MODEL, "title": title, "notes": notes} | values


def _at(title: str, z: np.ndarray, image: int | None, notes: str, seconds: float = 1.5) -> dict:
    return _scene("explore", title, notes, z=_numbers(z), image=image, seconds=seconds)


def _plane(title: str, notes: str) -> dict:
    return _scene("explore", title, notes, model=_PLANE, z=(0.0, 0.0))


def _chapter(id: str, title: str, notes: str) -> dict:
    return _scene("learn", title, notes, chapter=id)


def _stop(z: np.ndarray, image: int | None) -> SceneStop:
    return SceneStop(_numbers(z), image)


def _numbers(z: np.ndarray) -> tuple[float, ...]:
    return tuple(round(float(value), 3) for value in z)


if __name__ == "__main__":
    (ASSETS / "talks").mkdir(exist_ok=True)
    (ASSETS / "talks" / "variational-autoencoders.json").write_bytes(format_talk(lecture()))
