"""Parts of Keras without types, for calls that a type checker would refuse by mistake.

Keras has no annotations. A checker infers an argument's type from its default value, such as str for an initialiser,
and a result's type from all backends, one of which returns None.
"""

from typing import Any

import keras

__all__ = ["layers", "ops", "optimizers"]

layers: Any = keras.layers
ops: Any = keras.ops
optimizers: Any = keras.optimizers
