"""Registered likelihoods, priors and objectives: one object each, with all its facts. No framework is loaded.

A field that needs a framework is a reference, "module:name". `vae.references.resolve` imports it when it is used.
"""

from vae.kinds.likelihoods import LIKELIHOODS, LikelihoodKind
from vae.kinds.objectives import OBJECTIVES, ObjectiveKind, objective_of
from vae.kinds.priors import PRIORS, PriorKind
from vae.kinds.refusal import Refusal

__all__ = [
    "LIKELIHOODS",
    "OBJECTIVES",
    "PRIORS",
    "LikelihoodKind",
    "ObjectiveKind",
    "PriorKind",
    "Refusal",
    "objective_of",
]
