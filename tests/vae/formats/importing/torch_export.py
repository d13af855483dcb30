"""A case of `torch_cases` made with torch: its weights, its ONNX files and what torch computes with it. Needs torch."""

import copy
from pathlib import Path

import numpy as np
import torch  # pyright: ignore[reportMissingImports]  optional
from torch import nn  # pyright: ignore[reportMissingImports]
from torch.nn import functional as F  # pyright: ignore[reportMissingImports]

from tests.vae.formats.importing import torch_models
from vae.data import load_test_split

__all__ = ["expected_arrays", "make_model", "write_onnx"]

MEAN, DEVIATION = 0.305, 0.376  # of the digits' pixels in [0, 1]
IMAGES = 2000  # that models are trained on, or fewer
_VARIANCE = {"std": torch.square, "variance": lambda given: given, "log-std": lambda given: torch.exp(2 * given)}


def make_model(case) -> nn.Module:
    """Return the model of a `torch_cases.Case` with its weights, in evaluation mode."""
    torch.manual_seed(case.seed)
    model = getattr(torch_models, case.model)()
    if case.weights == "uniform":
        _draw_weights(model)
    elif case.weights == "autoencoder":
        _train_autoencoder(model, case)
    elif case.weights == "elbo":
        _train_by_elbo(model, case)
    return model.to(getattr(torch, case.precision)).float().eval()


def write_onnx(model, folder: Path, case) -> None:
    """Write `encoder.onnx` and `decoder.onnx`."""
    for name, half, shape in (("encoder", "encode", model.taken), ("decoder", "decode", model.code)):
        settings = {}
        if case.dynamo:
            settings |= {"external_data": case.data_files, "verbose": False}
        elif case.input_name:
            settings["input_names"] = [case.input_name]
        if case.names and name == "encoder":
            settings["output_names"] = list(case.names)
        if case.any_rows and case.dynamo:
            settings["dynamic_shapes"] = ({0: torch.export.Dim("rows")},)
        elif case.any_rows:
            settings["dynamic_axes"] = {case.input_name: {0: "rows"}}
        precision = getattr(torch, case.precision)
        example = torch.zeros(2 if case.any_rows else case.example_rows, *shape, dtype=precision)
        path = str(folder / f"{name}.onnx")
        torch.onnx.export(
            _Half(copy.deepcopy(model).to(precision), half).eval(), (example,), path, dynamo=case.dynamo, **settings
        )


def expected_arrays(model, case) -> dict[str, np.ndarray]:
    """Return what torch computes.

    Returns:
        `x` `(n, h, w, c)` and `z` `(n, d)`: given to the encoder and the decoder. `mean` `(n, d)` and, where there is
        one, `spread` `(n, d)`, as the encoder gives it. `pictures` `(n, h, w, c)`: decoded from z. Pictures are in
        [0, 1]. float32.
    """
    channels, height, width = model.image
    rng = np.random.default_rng(1)
    if case.trained:
        x = (_images(case)[: case.rows] / 255).astype(np.float32)
    else:  # pixels of 8 bits, which need little room in a file
        x = (rng.integers(0, 256, (case.rows, height, width, channels)) / 255).astype(np.float32)
    z = rng.normal(size=(len(x), model.d)).astype(np.float32)
    with torch.no_grad():
        entering = _to_encoder(case, torch.from_numpy(x.transpose(0, 3, 1, 2).copy()))
        posterior = model.posterior(model.encode(entering.reshape(len(x), *model.taken)))
        leaving = model.decode(torch.from_numpy(z).reshape(len(z), *model.code)).reshape(len(z), *model.image)
        pictures = _from_decoder(case, leaving).permute(0, 2, 3, 1).contiguous()
    arrays = dict(zip(("mean", "spread"), (tensor.numpy() for tensor in posterior), strict=False))
    return {"x": x, "z": z, **arrays, "pictures": pictures.numpy()}


def _images(case) -> np.ndarray:
    """The pictures that a model is trained on, uint8 `(n, h, w, c)`."""
    return load_test_split(case.dataset).images[:IMAGES]


def _to_encoder(case, x):
    """Pixels in [0, 1] → those that the encoder takes."""
    return {"unit": x, "signed": 2 * x - 1, "standardised": (x - MEAN) / DEVIATION}[case.takes]


def _from_decoder(case, y):
    """Numbers that the decoder gives → pixels in [0, 1]."""
    return {"unit": y, "signed": (y + 1) / 2, "logits": torch.sigmoid(y)}[case.gives]


class _Half(nn.Module):
    """The encoder or the decoder of a model."""

    def __init__(self, model, name: str):
        super().__init__()
        self.model, self.name = model, name

    def forward(self, x):
        return getattr(self.model, self.name)(x)


def _draw_weights(model) -> None:
    """Replace all weights and statistics of normalisations by random numbers, so that each one matters."""
    torch.manual_seed(0)
    with torch.no_grad():
        for name, weight in model.state_dict().items():
            if weight.dtype == torch.float32:
                weight.uniform_(0.5, 1.5) if "var" in name.split(".")[-1] else weight.uniform_(-0.35, 0.35)


def _train_autoencoder(model, case) -> None:
    """Train encoder and decoder to reconstruct pictures, with little noise on the code."""

    def loss(x):
        outputs = model.encode(_to_encoder(case, x).reshape(len(x), *model.taken))
        mean = model.posterior(outputs)[0]
        made = model.decode(mean + 0.05 * torch.randn_like(mean)).reshape(x.shape)
        if case.gives == "logits":
            return F.binary_cross_entropy_with_logits(made, x)
        return F.mse_loss(made, 2 * x - 1 if case.gives == "signed" else x)

    _train(model, case, loss)


def _train_by_elbo(model, case) -> None:
    """Train as a VAE: Bernoulli likelihood, prior N(0, I)."""

    def loss(x):
        x = x.reshape(len(x), *model.taken)
        mean, given = model.posterior(model.encode(x))
        variance = _VARIANCE[case.spread](given) + 1e-8
        made = model.decode(mean + variance.sqrt() * torch.randn_like(mean))
        kl = 0.5 * (mean.square() + variance - 1 - variance.log()).sum()
        return (F.binary_cross_entropy(made, x, reduction="sum") + kl) / len(x)

    _train(model, case, loss)


def _train(model, case, loss) -> None:
    torch.manual_seed(0)
    x = torch.from_numpy((_images(case).transpose(0, 3, 1, 2) / 255).astype(np.float32))
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    model.train()
    for _ in range(case.steps):
        batch = x[torch.randint(len(x), (128,))]
        optimizer.zero_grad()
        loss(batch).backward()
        optimizer.step()
