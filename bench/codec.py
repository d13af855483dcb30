"""Throughput of `Codec`: images per second, relative to the compiled function alone."""

import time

import numpy as np
from keras import ops

from vae.backend import compile_function
from vae.batching import LARGEST_BATCH
from vae.data import load_test_split
from vae.inference.codec import Codec
from vae.models.vae import unit_range
from zscope.library.registry import open_model

ROUNDS = 7


def run(model: str = "mnist-16") -> dict:
    bundle = open_model(model)
    vae, codec = bundle.vae, Codec(bundle.vae)
    images = load_test_split(bundle.manifest.dataset).images
    codes = np.random.default_rng(0).standard_normal((len(images), codec.latent_dim), np.float32)

    bare_encode = compile_function(lambda x: tuple(vae.encoder(unit_range(x))), vae.encoder.variables)
    bare_decode = compile_function(
        lambda z: (vae.likelihood.mean(vae.decoder(z)),), [*vae.decoder.variables, *vae.likelihood.variables]
    )
    return {
        "model": model,
        "device": codec.device,
        "images": len(images),
        "encode": _compare(lambda: codec.encode(images), bare_encode, images),
        "decode": _compare(lambda: codec.decode(codes), bare_decode, codes),
    }


def _compare(ours, bare, array: np.ndarray) -> dict:
    """Compare `Codec` with the compiled function alone on prepared tensors of one batch size, in alternation."""
    batches = [
        ops.convert_to_tensor(array[start : start + LARGEST_BATCH])
        for start in range(0, len(array) - LARGEST_BATCH + 1, LARGEST_BATCH)
    ]
    rows = len(batches) * LARGEST_BATCH

    def bare_pass():
        for batch in batches:
            for output in bare(batch):
                ops.convert_to_numpy(output)

    for compiling in (ours, bare_pass):
        compiling()
    own, reference = [], []
    for _ in range(ROUNDS):
        own.append(len(array) / _seconds(ours))
        reference.append(rows / _seconds(bare_pass))
    return {
        "per_second": round(float(np.median(own))),
        "bare_per_second": round(float(np.median(reference))),
        "share_of_bare": round(float(np.median(np.array(own) / np.array(reference))), 3),
    }


def _seconds(function) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start
