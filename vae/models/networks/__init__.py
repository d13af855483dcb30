"""Encoder and decoder: `plan` (shapes, no framework) and `build` (Keras)."""
