"""Combinations of settings that a prior or an objective refuses."""

from dataclasses import dataclass

__all__ = ["Refusal"]


@dataclass(frozen=True)
class Refusal:
    """Settings of `TrainConfig` that must keep their default values, and why.

    Attributes:
        settings: names of the fields.
        reason: why, in one sentence.
        remedy: what to do, in one sentence.
    """

    settings: tuple[str, ...]
    reason: str
    remedy: str
