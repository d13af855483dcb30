"""Import of external models: files are read in a sandboxed process, converted, interpreted and saved as bundles.

1. `worker`, in the sandboxed process: `file_type` → `keras_reader`, `onnx_reader` or the checks of a bundle → `roles`.
2. `draft`: the result, which is data alone.
3. `detection`: infers the `interpretation` from images. The user can override it.
4. `canonical`: converts the networks to the form of `vae.models.imported_config`.
"""
