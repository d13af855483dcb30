"""Models made elsewhere: read in a limited process, brought to one form, looked at, and kept as bundles.

files → `process` (a limited `worker`: `kinds` → `archive`, `keras_config`, `keras_networks`, `keras_weights`, or
`onnx_networks`, or a bundle's own checks → `pairing`) → a `draft` (data alone) → `guessing` (what its numbers mean, by
looking at pictures) → `canonical` (the form of `vae.models.imported_config`) → `finishing` (measured, kept as a
bundle).
"""
