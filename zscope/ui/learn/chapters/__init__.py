"""The chapters, in their order."""

from zscope.ui.learn.chapter import Chapter
from zscope.ui.learn.chapters.autoencoder import AUTOENCODER
from zscope.ui.learn.chapters.gan import GAN
from zscope.ui.learn.chapters.inference import INFERENCE
from zscope.ui.learn.chapters.kl import KL
from zscope.ui.learn.chapters.latent import LATENT
from zscope.ui.learn.chapters.likelihoods import LIKELIHOODS
from zscope.ui.learn.chapters.limits import LIMITS
from zscope.ui.learn.chapters.networks import NETWORKS
from zscope.ui.learn.chapters.reparameterisation import REPARAMETERISATION
from zscope.ui.learn.chapters.training import TRAINING
from zscope.ui.learn.chapters.uses import USES
from zscope.ui.learn.chapters.why import WHY

__all__ = ["CHAPTERS"]

CHAPTERS: tuple[Chapter, ...] = (
    WHY,
    AUTOENCODER,
    LATENT,
    INFERENCE,
    REPARAMETERISATION,
    KL,
    LIKELIHOODS,
    TRAINING,
    NETWORKS,
    GAN,
    USES,
    LIMITS,
)
