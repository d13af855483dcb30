"""Settings that a likelihood, prior or objective cannot be combined with."""

from dataclasses import dataclass

__all__ = ["Refusal"]


@dataclass(frozen=True)
class Refusal:
    """Settings of `TrainConfig` that must keep their defaults, and why.

    Attributes:
        settings: names of the fields.
        reason: one sentence.
        remedy: what to do about it, one sentence.
    """

    settings: tuple[str, ...]
    reason: str
    remedy: str
