"""PyTorch models as users build them: what `torch_cases` exports. Needs torch."""

import numpy as np
import torch  # pyright: ignore[reportMissingImports]  optional
from torch import nn  # pyright: ignore[reportMissingImports]

__all__ = [
    "DCGAN", "MLP", "Coloured", "Digits", "Joint", "JointlyScaled", "LargePictures", "Logged", "Logits",
    "MediumPictures", "Mnist", "Narrow", "Plain", "Scaled", "Signed", "Varied",
]  # fmt: skip


class MLP(nn.Module):
    """Pictures as rows of numbers; two outputs.

    Attributes:
        image: channels, height and width of a picture.
        d: dimensions of the latent space.
        last: the decoder's last activation.
        hidden: units of the layers between.
        taken, code: shapes of the encoder's and the decoder's input, without rows.
    """

    image, d, last, hidden = (1, 8, 8), 4, nn.Sigmoid, 32

    def __init__(self):
        super().__init__()
        size = int(np.prod(self.image))
        self.body = nn.Sequential(nn.Linear(size, self.hidden), nn.ReLU())
        self.mu, self.logvar = nn.Linear(self.hidden, self.d), nn.Linear(self.hidden, self.d)
        self.back = nn.Sequential(nn.Linear(self.d, self.hidden), nn.ReLU(), nn.Linear(self.hidden, size), self.last())
        self.taken, self.code = (size,), (self.d,)

    def encode(self, x):
        """The encoder's outputs: a tensor or several."""
        h = self.body(x)
        return self.mu(h), self.logvar(h)

    def decode(self, z):
        return self.back(z)

    def posterior(self, outputs):
        """The outputs of `encode` → the mean and, where there is one, the log-variance, variance or deviation."""
        return outputs


class Plain(MLP):
    """An autoencoder: a code, no log-variance."""

    def encode(self, x):
        return self.mu(self.body(x))

    def posterior(self, outputs):
        return (outputs,)


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

    def posterior(self, outputs):
        return outputs[::-1]


class Coloured(Digits):
    """32 × 32 pixels in colour; the decoder ends in tanh."""

    image, d, last = (3, 32, 32), 6, nn.Tanh


class MediumPictures(Digits):
    """96 × 96 pixels, grey; few dimensions, so that the files are small."""

    image, d = (1, 96, 96), 2


class LargePictures(Digits):
    """256 × 256 pixels in colour."""

    image = (3, 256, 256)


class Logits(Digits):
    """The decoder gives logits."""

    last = nn.Identity


class Signed(Digits):
    """The decoder ends in tanh."""

    last = nn.Tanh


class Joint(Digits):
    """Mean and log-variance in one output."""

    def encode(self, x):  # pyright: ignore[reportIncompatibleMethodOverride]  one tensor, which `posterior` divides
        return torch.cat([self.mu(self.body(x)), self.logvar(self.body(x))], 1)

    def posterior(self, outputs):
        return torch.chunk(outputs, 2, dim=1)


class JointlyScaled(Joint):
    """Mean and standard deviation in one output."""

    def encode(self, x):
        h = self.body(x)
        return torch.cat([self.mu(h), torch.exp(self.logvar(h))], 1)


class Scaled(MLP):
    """Mean and standard deviation, as in Pyro's example of a VAE."""

    def encode(self, x):
        h = self.body(x)
        return self.mu(h), torch.exp(self.logvar(h))


class Narrow(MLP):
    """Mean and a standard deviation of 0."""

    def encode(self, x):
        h = self.body(x)
        return self.mu(h), 0 * torch.exp(self.logvar(h))


class Varied(MLP):
    """Mean and variance."""

    def encode(self, x):
        h = self.body(x)
        return self.mu(h), nn.functional.softplus(self.logvar(h))


class Logged(MLP):
    """Mean and the logarithm of the standard deviation: the numbers of `MLP`, read otherwise."""


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


class Mnist(nn.Module):
    """Convolutions on 28 × 28 pixels; the decoder ends in tanh."""

    image, d = (1, 28, 28), 6

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 8, 4, 2, 1), nn.ReLU(), nn.Flatten())
        self.mu, self.log_var = nn.Linear(8 * 14 * 14, self.d), nn.Linear(8 * 14 * 14, self.d)
        self.back = nn.Sequential(
            nn.Linear(self.d, 8 * 7 * 7), nn.ReLU(), nn.Unflatten(1, (8, 7, 7)),
            nn.ConvTranspose2d(8, 8, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(8, 1, 4, 2, 1), nn.Tanh(),
        )  # fmt: skip
        self.taken, self.code = self.image, (self.d,)

    def encode(self, x):
        hidden = self.body(x)
        return self.mu(hidden), self.log_var(hidden)

    def decode(self, z):
        return self.back(z)

    def posterior(self, outputs):
        return outputs
