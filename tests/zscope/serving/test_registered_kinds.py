"""A toy export format, projection and path, each registered once, are found everywhere: command, page, job, route."""

import io
import json
import time
import zipfile

import numpy as np
import pytest
import typer
from asgi import getter
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from docs.formats import export_table
from tests.small_model import save_small
from tests.toy_kinds import TOY_FORMAT, TOY_PATH, TOY_PROJECTION, register_in_processes, registered
from vae.errors import BadRequestError
from vae.formats.exporting import FORMATS
from vae.latent.paths import PATHS
from vae.latent.projections import PROJECTIONS
from zscope.cli import app
from zscope.cli.maps import map_command
from zscope.jobs.exports import export_key, find_export, start_export
from zscope.jobs.maps import find_job, start_job
from zscope.library.maps import MapSpec
from zscope.library.maps.loaded_map import load_map
from zscope.library.maps.making import find_map, map_key
from zscope.library.registry import find_model, open_model
from zscope.serving.exports import export_routes
from zscope.serving.maps import map_routes
from zscope.serving.paths import path_routes
from zscope.ui.component_data import path_data


@pytest.fixture
def toys(tmp_path, monkeypatch):
    """The toys are registered, here and in the processes that are started; the model `small` is listed."""
    for name in ("MODELS", "MAPS", "DIRECTIONS"):
        monkeypatch.setenv(f"ZSCOPE_{name}", str(tmp_path / name.lower()))
    save_small(tmp_path / "models", "small")
    save_small(tmp_path / "models", "conditional", classes=10)
    register_in_processes(monkeypatch, tmp_path / "site")
    with registered(FORMATS, TOY_FORMAT), registered(PROJECTIONS, TOY_PROJECTION), registered(PATHS, TOY_PATH):
        yield


def wait(look, seconds: float = 120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError("not in time")


def run(app, *arguments) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception:
        raise result.exception
    return result.stdout


class TestExportFormat:
    def test_the_command_writes_it(self, toys, tmp_path):
        said = run(app, "export", "small", "--format", "toy", "--out", tmp_path)
        assert said.startswith(f"{tmp_path / 'small-toy.zip'}: Toy format, ")
        with zipfile.ZipFile(tmp_path / "small-toy.zip") as archive:
            assert set(archive.namelist()) == {"encoder.onnx", "decoder.onnx", "README.txt"}
            assert "exported from Zscope as Toy format." in archive.read("README.txt").decode()

    @pytest.mark.full
    def test_the_page_prepares_it_and_the_route_sends_it(self, toys):
        def page():
            from zscope.library.registry import find_model
            from zscope.ui.models.export import show_exports

            show_exports(find_model("small"))

        shown = AppTest.from_function(page, default_timeout=60).run()
        assert not shown.exception
        assert any("**Toy format** :gray[for a test that follows it]" in one.value for one in shown.markdown)
        shown.button(key="export-toy").click().run()
        key = export_key(find_model("small"), "toy")
        job = wait(lambda: (job := find_export(key)) and not job.job.active and job)
        assert (job.job.state, job.job.error) == ("done", "")
        shown.run()
        assert any("Largest difference on 256 test images" in one.value for one in shown.caption)
        assert any(one.value.endswith("It squeaks.") for one in shown.caption)
        status, headers, body = getter(export_routes("/content"))(f"/content/exports/{key}")
        assert status == 200 and 'filename="small-toy.zip"' in headers["content-disposition"]
        assert "decoder.onnx" in zipfile.ZipFile(io.BytesIO(body)).namelist()

    def test_a_model_that_it_cannot_hold_is_refused_with_the_reason(self, toys, tmp_path):
        with pytest.raises(BadRequestError, match="The toy format has no class weights") as refusal:
            run(app, "export", "conditional", "--format", "toy", "--out", tmp_path)
        assert "Export it as Bundle or Keras or" in str(refusal.value)
        assert not list(tmp_path.glob("*toy*"))

    def test_rejects_a_format_without_a_title(self):
        class Nameless(type(TOY_FORMAT)):
            title = ""

        with pytest.raises(TypeError, match="Nameless has no title"):
            Nameless()

    def test_the_user_guide_lists_it(self, toys):
        assert "| Toy format | `toy` | a toy | `pip install numpy onnxruntime` |\n" in export_table()

    def test_without_it_there_is_none(self, tmp_path):
        for ask in (lambda: start_export("mnist-2d", "toy"), lambda: run(app, "export", "mnist-2d", "--format", "toy")):
            with pytest.raises(BadRequestError, match=r"No export format is called 'toy'.*bundle, keras, saved-model"):
                ask()


class TestProjection:
    def test_the_command_has_its_setting_and_makes_it(self, toys, tmp_path):
        command = typer.Typer()
        command.command("map")(map_command())
        assert "toy: How wide the map is." in run(command, "--help")
        out = tmp_path / "places.npz"
        said = run(command, "small", "--method", "toy", "--scale", 3, "--out", out)
        parts = find_map("small", MapSpec(method="toy", scale=3.0))
        assert parts.key in said and parts.key.startswith("toy-")
        with np.load(out) as arrays:
            np.testing.assert_allclose(arrays["place"], 3 * arrays["z_mean"][:, :2], rtol=1e-6)

    def test_the_job_makes_it_and_the_route_sends_it(self, toys):
        spec = MapSpec(method="toy", scale=3.0)
        key = start_job("small", spec)
        job = wait(lambda: (job := find_job(key)) and not job.active and job)
        assert (job.state, job.error) == ("done", "")
        get = getter(map_routes("/content"))
        assert json.loads(get(f"/content/maps/{key}/status")[2])["whole"]
        status, _, body = get(f"/content/models/small/map?{spec.text()}")
        length = int.from_bytes(body[:4], "little")
        head = json.loads(body[4 : 4 + length])
        assert status == 200 and head["key"] == key == map_key("small", spec)
        xy = np.frombuffer(body, "<f4", 2 * head["points"], 4 + length).reshape(-1, 2)
        codes = find_map("small", spec).points.z_mean
        np.testing.assert_allclose(xy, 3 * codes[:, :2], rtol=1e-6)
        walked = load_map(f"small?{spec.text()}")
        np.testing.assert_allclose(walked.place(codes[:5]), xy[:5], atol=1e-4)

    @pytest.mark.full
    def test_the_page_offers_it_with_its_setting(self, toys):
        def page():
            import streamlit as st

            from zscope.library.maps import MapSpec
            from zscope.library.registry import find_model
            from zscope.ui import state
            from zscope.ui.component_data import map_data
            from zscope.ui.map.settings import choose_map

            entry = find_model("small")
            if not state.current_map(entry.id):
                state.remember_map(entry.id, MapSpec(method="toy", scale=3.0))
            spec = choose_map(entry)
            st.write(map_data(entry, spec)["title"], spec.text())

        shown = AppTest.from_function(page, default_timeout=60).run()
        assert not shown.exception, shown.exception
        assert shown.markdown[-1].value == "Toy map method=toy&images=test&scale=3.0"
        scale = shown.number_input[0]
        assert (scale.label, scale.value, scale.min, scale.max, scale.step) == ("Scale", 3.0, 1.0, 9.0, 0.5)
        scale.set_value(4.5).run()
        assert shown.markdown[-1].value == "Toy map method=toy&images=test&scale=4.5"

    @pytest.mark.parametrize("settings", [{"scale": 0.5}, {"scale": "wide"}, {"perplexity": 30.0}, {"scale": True}])
    def test_other_settings_are_refused(self, toys, settings):
        with pytest.raises(BadRequestError, match=r"scale must be a number from 1 to 9|has no setting 'perplexity'"):
            MapSpec(method="toy", **settings)

    def test_without_it_there_is_none(self):
        with pytest.raises(BadRequestError, match=r"No projection is called 'toy'.*tsne, umap, pca, raw, along"):
            MapSpec(method="toy")


class TestPath:
    def test_the_command_follows_it(self, toys, tmp_path):
        out = tmp_path / "codes.npz"
        said = run(app, "interpolate", "mnist-2d", 3, 8, "--path", "toy", "--steps", 5, "--out", out)
        assert "5 steps, toy path" in said
        ends = open_model("mnist-2d").reference.z_mean[[8, 3]]
        with np.load(out) as arrays:
            np.testing.assert_allclose(arrays["z"][[0, -1]], ends, atol=1e-3)

    def test_the_route_and_the_page_support_the_registered_path(self, toys):
        get = getter(path_routes("/content"))
        *_, last = get("/content/models/mnist-2d/path?kind=toy&a=1,2&b=2,1")[2].splitlines()
        codes = np.array(json.loads(last)["codes"])
        np.testing.assert_allclose(codes[[20, 60]], [[2, 1], [1, 2]], atol=1e-3)
        data = path_data(PATHS["toy"])
        assert (data["title"], data["explained"]) == ("Toy path", "From the other end (this test)")
        assert (data["script"], data["color"], data["dashes"]) == ("", "#ff00ff", [1, 2])

    def test_a_sheet_of_a_path_that_has_none_is_refused(self, toys, tmp_path):
        with pytest.raises(BadRequestError, match="--path linear or slerp"):
            run(app, "interpolate", "mnist-2d", 1, 2, 3, 4, "--path", "toy", "--grid", 4, "--out", tmp_path / "x.png")

    def test_without_it_there_is_none(self, tmp_path):
        with pytest.raises(BadRequestError, match=r"No path is called 'toy'.*linear, slerp, graph, geodesic"):
            run(app, "interpolate", "mnist-2d", 3, 8, "--path", "toy", "--out", tmp_path / "codes.npz")


def test_the_toys_are_registered_in_processes(toys, run_python):
    code = "from vae.formats.exporting import FORMATS; print(list(FORMATS))"
    assert "'toy'" in run_python("-c", code).stdout
