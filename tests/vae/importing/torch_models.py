"""Models as people build them with torch, exported to ONNX by either of its exporters."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

__all__ = [
    "DCGAN", "MLP", "Coloured", "Digits", "Joint", "JointlyScaled", "Plain", "Scaled", "Varied", "export", "outputs",
    "shaken", "trained", "trained_by_the_bound",
]  # fmt: skip


class MLP(nn.Module):
    """On rows of numbers; two outputs."""

    image, d, last = (1, 8, 8), 4, nn.Sigmoid

    def __init__(self):
        super().__init__()
        size = int(np.prod(self.image))
        self.body = nn.Sequential(nn.Linear(size, 64), nn.ReLU())
        self.mu, self.logvar = nn.Linear(64, self.d), nn.Linear(64, self.d)
        self.back = nn.Sequential(nn.Linear(self.d, 64), nn.ReLU(), nn.Linear(64, size), self.last())
        self.taken, self.code = (size,), (self.d,)

    def encode(self, x):
        h = self.body(x)
        return self.mu(h), self.logvar(h)

    def decode(self, z):
        return self.back(z)


class Plain(MLP):
    """The same without a log-variance."""

    def encode(self, x):
        return self.mu(self.body(x))


class Digits(nn.Module):
    """Convolutions, channels first; two outputs, log-variance first."""

    image, d, last = (1, 8, 8), 4, nn.Sigmoid

    def __init__(self):
        super().__init__()
        c, width = self.image[0], self.image[1] // 4
        self.body = nn.Sequential(
            nn.Conv2d(c, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.LeakyReLU(0.2), nn.Conv2d(8, 16, 3, 2, 1), nn.SiLU(),
            nn.Flatten(),
        )  # fmt: skip
        self.flat = 16 * width * width
        self.logvar, self.mu = nn.Linear(self.flat, self.d), nn.Linear(self.flat, self.d)
        self.first = nn.Linear(self.d, self.flat)
        self.back = nn.Sequential(
            nn.Unflatten(1, (16, width, width)), nn.ReLU(), nn.ConvTranspose2d(16, 8, 4, 2, 1), nn.GroupNorm(2, 8),
            nn.GELU(), nn.Upsample(scale_factor=2), nn.Conv2d(8, c, 3, 1, 1), self.last(),
        )  # fmt: skip
        self.taken, self.code = self.image, (self.d,)

    def encode(self, x):
        h = self.body(x)
        return self.logvar(h), self.mu(h)

    def decode(self, z):
        return self.back(self.first(z).view(z.shape[0], -1))


class Coloured(Digits):
    """32 × 32, tanh at its end."""

    image, d, last = (3, 32, 32), 6, nn.Tanh


class Joint(Digits):
    """Mean and log-variance in one output."""

    def encode(self, x):
        return torch.cat([self.mu(self.body(x)), self.logvar(self.body(x))], 1)


class Scaled(MLP):
    """A standard deviation, as Pyro's example of a VAE gives it."""

    def encode(self, x):
        h = self.body(x)
        return self.mu(h), torch.exp(self.logvar(h))


class Varied(MLP):
    """A variance."""

    def encode(self, x):
        h = self.body(x)
        return self.mu(h), nn.functional.softplus(self.logvar(h))


class JointlyScaled(Digits):
    """Mean and standard deviation in one output."""

    def encode(self, x):
        h = self.body(x)
        return torch.cat([self.mu(h), torch.exp(self.logvar(h))], 1)


class DCGAN(Digits):
    """A decoder that takes codes as pictures of one pixel."""

    def __init__(self):
        super().__init__()
        self.code = (self.d, 1, 1)
        self.back = nn.Sequential(
            nn.ConvTranspose2d(self.d, 16, 4, 1, 0), nn.BatchNorm2d(16), nn.ReLU(),
            nn.ConvTranspose2d(16, self.image[0], 4, 2, 1), self.last(),
        )  # fmt: skip

    def decode(self, z):
        return self.back(z)


class _Half(nn.Module):
    def __init__(self, model, name: str):
        super().__init__()
        self.model, self.name = model, name

    def forward(self, x):
        return getattr(self.model, self.name)(x)


def export(model, folder: Path, dynamo: bool, free: bool, names: tuple[str, ...] = ()) -> list[tuple[str, Path]]:
    """Encoder and decoder as files.

    Args:
        free: any number of rows; else one, as in the example that it is exported with.
        names: of the encoder's outputs.
    """
    files = []
    for name, half, shape in (("encoder", "encode", model.taken), ("decoder", "decode", model.code)):
        path = folder / f"{name}.onnx"
        rows = {"dynamic_shapes": ({0: torch.export.Dim("rows")},)} if dynamo else {"dynamic_axes": {"x": {0: "rows"}}}
        settings = {"external_data": False, "verbose": False} if dynamo else {"input_names": ["x"]}
        if names and name == "encoder":
            settings["output_names"] = list(names)
        example = torch.zeros(2 if free else 1, *shape)
        torch.onnx.export(
            _Half(model, half).eval(), (example,), str(path), dynamo=dynamo, **settings, **(rows if free else {})
        )
        files.append((path.name, path))
    return files


def outputs(model, half: str, x: np.ndarray) -> list[np.ndarray]:
    """Of `encode` or `decode`, `(n, …)` each."""
    with torch.no_grad():
        made = getattr(model.eval(), half)(torch.from_numpy(np.ascontiguousarray(x, np.float32)))
    return [one.numpy() for one in (made if isinstance(made, tuple) else (made,))]


def shaken(model):
    """With weights of which each matters, the statistics of its normalisations too."""
    torch.manual_seed(0)
    with torch.no_grad():
        for name, weight in model.state_dict().items():
            if weight.dtype == torch.float32:
                weight.uniform_(0.5, 1.5) if "var" in name.split(".")[-1] else weight.uniform_(-0.35, 0.35)
    return model


def trained(model, images: np.ndarray, enter, loss, steps: int = 400):
    """Taught to give pictures back.

    Args:
        images: in [0, 1], `(n, h, w, c)`.
        enter: what the encoder takes, of them.
        loss: of what the decoder gives and of them.
    """
    torch.manual_seed(0)
    x = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2), np.float32))
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    model.train()
    for _ in range(steps):
        batch = x[torch.randint(len(x), (128,))]
        heads = model.encode(enter(batch).reshape(len(batch), *model.taken))
        mean = heads[0] if type(model) is MLP else heads if type(model) is Plain else heads[-1]
        made = model.decode(mean + 0.05 * torch.randn_like(mean))
        optimizer.zero_grad()
        loss(made.reshape(batch.shape), batch).backward()
        optimizer.step()
    return model.eval()


def trained_by_the_bound(model, images: np.ndarray, variance_of, steps: int = 600):
    """Taught as a VAE: Bernoulli likelihood, prior N(0, I).

    Args:
        images: in [0, 1], `(n, h, w, c)`.
        variance_of: σ² of the encoder's second output.
    """
    torch.manual_seed(0)
    x = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2), np.float32))
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    model.train()
    for _ in range(steps):
        batch = x[torch.randint(len(x), (128,))].reshape(128, *model.taken)
        mean, given = model.encode(batch)
        variance = variance_of(given) + 1e-8
        made = model.decode(mean + variance.sqrt() * torch.randn_like(mean))
        kl = 0.5 * (mean.square() + variance - 1 - variance.log()).sum()
        loss = nn.functional.binary_cross_entropy(made, batch, reduction="sum") + kl
        optimizer.zero_grad()
        (loss / len(batch)).backward()
        optimizer.step()
    return model.eval()
