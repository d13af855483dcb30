"""The encoder and decoder of a model: pictures to codes and codes to pictures, as NumPy arrays."""

from collections.abc import Callable

import numpy as np

from vae.array_ops import ops
from vae.batching import map_batches
from vae.errors import BadRequestError, BundleError
from vae.message import message
from vae.models.formulas import ModelFormulas, unit_range

__all__ = ["Codec"]


class Codec:
    """Encodes and decodes batches of any size with one model.

    Args:
        model: the model, of Keras (`vae.models.vae.VAE`) or of ONNX Runtime (`vae.inference.onnx_model.OnnxModel`). A
            model of Keras may be in training: each call uses its current weights.

    Attributes:
        latent_dim: dimensions of z.
        code_dim: length of a code: z, followed by the class weights of a conditional model.
        image_shape: `(height, width, channels)`.
        device: "CPU", "GPU" or "TPU".
        runtime: what computes the networks, such as "ONNX Runtime".
    """

    def __init__(self, model: ModelFormulas):
        config = model.config
        self.latent_dim = config.latent_dim
        self.code_dim = config.code_dim
        self.image_shape = config.image_shape
        self._largest = config.largest_batch
        self.device = model.device
        self.runtime = model.runtime

        def encode(images):
            return model.encode(unit_range(images))

        def decode(codes):
            return (model.likelihood.mean(model.decoder(codes)),)

        def decode_pixels(codes):
            # Rounded on the device, so that a quarter of the bytes is transferred. NaN would become a grey level.
            mean = decode(codes)[0]
            return ops.cast(ops.round(mean * 255.0), "uint8"), ops.any(ops.isnan(mean), axis=(1, 2, 3))

        self._encode = model.compiled(encode, "encoder")
        self._decode = model.compiled(decode, "decoder", "likelihood")
        self._decode_pixels = model.compiled(decode_pixels, "decoder", "likelihood")

    def encode(self, images: np.ndarray, report: Callable[[int], None] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return the posterior of each image.

        Args:
            images: `(n, h, w, c)`, uint8 0…255 or floats in [0, 1].
            report: called after each batch with its number of images.

        Returns:
            `(z_mean, z_log_var)`, float32 `(n, latent_dim)` each.

        Raises:
            BadRequestError: the shape does not fit the model, or values are out of range.
            BundleError: the encoder returned NaN.
        """
        images = np.asarray(images)
        if images.ndim != 4 or images.shape[1:] != self.image_shape:
            raise BadRequestError(
                message(
                    "Images of shape {shape} do not fit a model of {image_shape} images.",
                    shape=images.shape,
                    image_shape=self.image_shape,
                ),
                message("Pass an array of shape (n, {map}).", map=", ".join(map(str, self.image_shape))),
            )
        if images.dtype != np.uint8:
            images = _unit_floats(images)
        z_mean, z_log_var = map_batches(self._encode, images, report=report, largest=self._largest)
        _refuse_nan("encoder", np.isnan(z_mean) | np.isnan(z_log_var))
        return z_mean, z_log_var

    def decode(self, codes: np.ndarray, report: Callable[[int], None] | None = None) -> np.ndarray:
        """Return the mean of p(x | z) for each code, float32 `(n, h, w, c)` in [0, 1].

        Args:
            codes: `(n, code_dim)`, finite.
            report: called after each batch with its number of codes.

        Raises:
            BadRequestError: wrong shape, or not finite.
            BundleError: the decoder returned NaN.
        """
        pictures = map_batches(self._decode, self._checked(codes), report=report, largest=self._largest)[0]
        _refuse_nan("decoder", np.isnan(pictures))
        return pictures

    def decode_pixels(self, codes: np.ndarray) -> np.ndarray:
        """Return the result of `decode`, rounded to uint8 0…255."""
        pixels, is_nan = map_batches(self._decode_pixels, self._checked(codes), largest=self._largest)
        _refuse_nan("decoder", is_nan)
        return pixels

    def _checked(self, codes: np.ndarray) -> np.ndarray:
        try:
            with np.errstate(over="ignore"):  # values beyond float32 become infinity, which is refused below
                codes = np.asarray(codes, np.float32)
        except (TypeError, ValueError, OverflowError) as error:
            raise BadRequestError(
                message("Codes must be numbers: {error}.", error=error), "Pass an array of floats."
            ) from None
        if codes.ndim != 2 or codes.shape[1] != self.code_dim:
            raise BadRequestError(
                message(
                    "Codes of shape {shape} do not fit a model of {code_dim} dimensions.",
                    shape=codes.shape,
                    code_dim=self.code_dim,
                ),
                message("Pass an array of shape (n, {code_dim}).", code_dim=self.code_dim),
            )
        if not np.isfinite(codes).all():
            raise BadRequestError("A code contains NaN or infinity.", "Pass finite numbers.")
        return np.clip(codes, -1e6, 1e6)  # larger values overflow in the layers, and ∞ - ∞ gives NaN pixels


def _refuse_nan(network: str, is_nan: np.ndarray) -> None:
    if is_nan.any():
        rows = int(is_nan.reshape(len(is_nan), -1).any(axis=1).sum())
        raise BundleError(
            message(
                "The {network} of this model returned NaN for {rows} of {n} inputs.",
                network=network,
                rows=rows,
                n=len(is_nan),
            ),
            "Train the model again, or export it again.",
        )


def _unit_floats(images: np.ndarray) -> np.ndarray:
    # NaN fails both comparisons.
    in_range = np.issubdtype(images.dtype, np.floating) and ((images >= 0) & (images <= 1)).all()
    if not in_range:
        raise BadRequestError(
            message("These {dtype} images are neither uint8 nor floats in [0, 1].", dtype=images.dtype),
            "Pass uint8 0…255, or floats divided by 255.",
        )
    return images.astype(np.float32, copy=False)
