"""Keras archives whose configuration would run code, read files or use up memory."""

import base64
import marshal

from tests.vae.formats.importing.hostile import Canary, Files, case
from tests.vae.formats.importing.keras_files import archive, decoder, layer, with_layer

__all__: list[str] = []


def _function(name: str, module: str) -> dict:
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def _code(canary: Canary) -> str:
    return base64.b64encode(marshal.dumps(compile(canary.program, "<canary>", "exec"))).decode()


@case("contains a Lambda layer, which is program code")
def lambda_bytecode(canary: Canary) -> Files:
    code = {"class_name": "__lambda__", "config": {"code": _code(canary), "defaults": None, "closure": None}}
    return [("model.keras", with_layer("Lambda", function=code, arguments={}))]


@case("contains a Lambda, which is program code")
def lambda_as_an_activation(canary: Canary) -> Files:
    code = {"class_name": "__lambda__", "config": {"code": _code(canary)}}
    return [("model.keras", with_layer("Dense", units=4, activation=code))]


@case("contains a Lambda layer, which is program code")
def lambda_of_a_keras_operation(canary: Canary) -> Files:
    return [("model.keras", with_layer("Lambda", function=_function("tanh", "keras.ops")))]


@case(r"names subprocess\.Popen, which is neither a layer")
def a_class_of_any_module(canary: Canary) -> Files:  # the kind of CVE-2025-1550
    return [("model.keras", with_layer("Popen", "subprocess", args=["touch", str(canary.marker)]))]


@case("names the function 'system' of os")
def a_function_of_any_module(canary: Canary) -> Files:
    odd = layer("Dense", units=4, activation=_function("system", "os"))
    odd["inbound_nodes"] = [{"args": [f"touch {canary.marker}"], "kwargs": {}}]
    return [("model.keras", archive(decoder(odd)))]


@case("names the function 'exec' of builtins")
def a_builtin_as_an_initialiser(canary: Canary) -> Files:
    return [("model.keras", with_layer("Dense", units=4, kernel_initializer=_function("exec", "builtins")))]


@case("names the function 'get_file' of keras.utils")
def a_gadget_as_a_function(canary: Canary) -> Files:  # the kind of CVE-2025-8747
    gadget = _function("get_file", "keras.utils")
    gadget["inbound_nodes"] = [{"args": ["marker"], "kwargs": {"origin": f"file://{canary.file}"}}]
    return [("model.keras", archive(decoder(gadget)))]


@case(r"names keras\.utils\.get_file, which is neither a layer")
def a_gadget_as_a_class(canary: Canary) -> Files:
    gadget = layer("get_file", "keras.utils", fname=str(canary.marker), origin=f"file://{canary.file}")
    return [("model.keras", archive(decoder(gadget)))]


@case("requests unsafe loading")
def unsafe_loading_switched_on(canary: Canary) -> Files:  # CVE-2025-9906
    switch = _function("enable_unsafe_deserialization", "keras.config")
    return [("model.keras", archive(decoder(switch, layer("Lambda", function={"code": _code(canary)}))))]


@case("StringLookup, which can read any file")
def a_vocabulary_from_a_file(canary: Canary) -> Files:  # CVE-2025-12058
    return [("model.keras", with_layer("StringLookup", vocabulary=str(canary.file)))]


@case("TFSMLayer, which loads a program from another file")
def a_saved_model_from_elsewhere(canary: Canary) -> Files:  # CVE-2026-1462
    return [("model.keras", with_layer("TFSMLayer", filepath=str(canary.folder), call_endpoint="serve"))]


@case("TorchModuleWrapper, which loads a pickle")
def a_wrapped_pickle(canary: Canary) -> Files:
    return [("model.keras", with_layer("TorchModuleWrapper", module=_code(canary)))]


@case("has the class Canary, which is not part of Keras")
def a_class_registered_in_the_process(canary: Canary) -> Files:
    import keras

    @keras.saving.register_keras_serializable("hostile")
    class Canary(keras.layers.Layer):
        def __init__(self, **settings):
            super().__init__(**settings)
            canary.marker.touch()

    custom = layer("Canary", None) | {"registered_name": "hostile>Canary"}
    return [("model.keras", archive(decoder(custom)))]


@case("units must be at most")
def a_dense_layer_of_half_a_billion(canary: Canary) -> Files:  # CVE-2026-0897
    return [("model.keras", with_layer("Dense", units=500_000_000))]


@case("has .* weights; the limit is")
def more_weights_than_are_built(canary: Canary) -> Files:
    return [("model.keras", with_layer("Dense", units=1_000_000))]


@case("cannot reshape .* to")
def a_reshape_to_a_huge_shape(canary: Canary) -> Files:
    return [("model.keras", with_layer("Reshape", target_shape=[2**31, 2**31]))]


@case("outputs .* values; the limit is")
def a_picture_enlarged_again_and_again(canary: Canary) -> Files:
    larger = [layer("UpSampling2D", size=[64, 64], name=f"larger_{number}") for number in range(40)]
    return [("model.keras", archive(decoder(layer("Reshape", target_shape=[1, 1, 2]), *larger)))]


@case("padding")
def a_border_of_a_billion_pixels(canary: Canary) -> Files:
    border = layer("ZeroPadding2D", padding=[[10**9, 10**9], [10**9, 10**9]])
    return [("model.keras", archive(decoder(layer("Reshape", target_shape=[1, 1, 2]), border)))]


@case("multiplications per image, at most")
def layers_that_compute_for_hours(canary: Canary) -> Files:
    large = [
        layer("Reshape", target_shape=[1, 1, 2]),
        layer("UpSampling2D", size=[64, 64]),
        layer("UpSampling2D", size=[16, 16], name="larger"),
        *(layer("Conv2D", filters=2, kernel_size=64, padding="same", name=f"slow_{number}") for number in range(20)),
        layer("GlobalAveragePooling2D"),
    ]
    return [("model.keras", archive(decoder(*large)))]


@case("has an input of the shape")
def an_input_of_a_huge_shape(canary: Canary) -> Files:
    config = decoder()
    config["config"]["layers"][0]["config"]["batch_shape"] = [None, 10**400, 10**400]
    return [("model.keras", archive(config))]


@case("at most 400 entries")
def thousands_of_layers(canary: Canary) -> Files:
    many = [layer("ReLU", name=f"relu_{number}") for number in range(3000)]
    return [("model.keras", archive(decoder(*many)))]


@case("nested .* deep")
def brackets_without_end(canary: Canary) -> Files:
    return [("model.keras", archive(b"[" * 500_000 + b"]" * 500_000))]


@case("nested more than 60 levels deep")
def a_model_in_a_model_in_a_model(canary: Canary) -> Files:
    model = decoder()
    for number in range(40):
        model = {"class_name": "Sequential", "config": {"name": f"level_{number}", "layers": [model]}}
    return [("model.keras", archive(model))]


@case("is not JSON")
def a_number_of_a_million_digits(canary: Canary) -> Files:
    return [("model.keras", archive(b'{"class_name": ' + b"9" * 900_000 + b"}"))]


@case("does not describe its networks")
def a_class_and_no_layers(canary: Canary) -> Files:
    return [("model.keras", archive({"class_name": "VAE", "module": "__main__", "config": {"code": _code(canary)}}))]
