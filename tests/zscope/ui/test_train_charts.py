"""The curves of a run: every number where it belongs, and a view that shows what happens now."""

from dataclasses import replace

import numpy as np
import pytest

from zscope.jobs.runs import Epoch, Progress
from zscope.ui.train.charts import kl_map, loss_curves, mse_curve, pca_verdict

NAMES = ("loss", "reconstruction", "kl")


def progress(epochs: int, of: int = 40, dimensions: int = 3) -> Progress:
    """A run after so many epochs; its first three are a cliff, and no two of its figures are equal."""
    done = []
    for epoch in range(1, epochs + 1):
        cliff = 1000 / epoch**2 if epoch <= 3 else 0
        figures = {}
        for offset, name in enumerate(NAMES):
            figures[name] = 100 * offset + 10 / epoch + cliff
            figures[f"val_{name}"] = 100 * offset + 11 / epoch + 1.2 * cliff
        kl = tuple(float(dimension * epoch) for dimension in range(dimensions))
        done.append(Epoch(epoch, 5 * epoch, figures, kl, 1.0, 1000.0))
    return Progress(state="training", epoch=epochs, epoch_count=of, epochs=tuple(done))


def lines(figure, axis: str = "") -> dict:
    """The traces of one of the three panels (axis "", "2" or "3") by name."""
    return {trace.name: trace for trace in figure.data if trace.yaxis == f"y{axis}"}


class TestLossCurves:
    def test_each_figure_has_its_line_in_its_panel(self):
        told = progress(6)
        figure = loss_curves(told, None)
        assert len(figure.data) == 6
        for axis, name in zip(("", "2", "3"), NAMES, strict=True):
            for who, key in (("train", name), ("validation", f"val_{name}")):
                line = lines(figure, axis)[who]
                assert list(line.x) == [1, 2, 3, 4, 5, 6]
                assert list(line.y) == [epoch.figures[key] for epoch in told.epochs]
        assert [title.text for title in figure.layout.annotations] == ["Loss", "−log p(x | z)", "KL"]

    def test_train_and_validation_have_different_colours_and_one_legend_entry_each(self):
        figure = loss_curves(progress(6), None)
        colours = {who: {lines(figure, axis)[who].line.color for axis in ("", "2", "3")} for who in lines(figure)}
        assert all(len(used) == 1 for used in colours.values())
        assert colours["train"] != colours["validation"]
        assert sorted(trace.name for trace in figure.data if trace.showlegend) == ["train", "validation"]

    def test_one_epoch_is_a_dot_and_more_are_lines(self):
        assert all("markers" in trace.mode for trace in loss_curves(progress(1), 1).data)
        assert all(trace.mode == "lines" for trace in loss_curves(progress(2), 1).data)

    def test_the_kept_epoch_is_marked_in_every_panel(self):
        marks = loss_curves(progress(12), 7).layout.shapes
        assert [(mark.x0, mark.x1) for mark in marks] == [(7, 7)] * 3
        assert {mark.xref for mark in marks} == {"x", "x2", "x3"}
        assert not loss_curves(progress(12), None).layout.shapes

    @pytest.mark.parametrize(("done", "of"), [(3, 40), (1, 1), (40, 40)])
    def test_the_axis_is_the_whole_run_from_its_beginning(self, done, of):
        figure = loss_curves(progress(done, of), None)
        for axis in (figure.layout.xaxis, figure.layout.xaxis2, figure.layout.xaxis3):
            low, high = axis.range
            assert low < 1 and done < high and of < high <= max(2, of) + 1

    def test_the_first_epochs_do_not_flatten_what_comes_after(self):
        told = progress(20)
        figure = loss_curves(told, None)
        for name, axis in zip(NAMES, (figure.layout.yaxis, figure.layout.yaxis2, figure.layout.yaxis3), strict=True):
            low, high = axis.range
            later = [epoch.figures[key] for epoch in told.epochs[3:] for key in (name, f"val_{name}")]
            assert low < min(later) and max(later) < high, "nothing of what comes after is cut"
            assert high < told.epochs[0].figures[name]
            assert high - low < 2 * (max(later) - min(later))

    def test_of_a_short_run_all_is_shown(self):
        for axis in ("yaxis", "yaxis2", "yaxis3"):
            assert loss_curves(progress(8), None).layout[axis].range is None


class TestKlMap:
    def test_the_fullest_dimension_is_above(self):
        rng = np.random.default_rng(0)
        kl = rng.uniform(0, 3, (4, 5))  # epochs, dimensions
        told = Progress(
            epoch_count=9, epochs=tuple(Epoch(e, e, {}, tuple(row), 1.0, 1.0) for e, row in enumerate(kl.tolist(), 1))
        )
        (heat,) = kl_map(told).data
        assert list(heat.x) == [1, 2, 3, 4]
        order = [int(name[1:]) for name in reversed(heat.y)]  # Plotly draws the last row at the top
        assert sorted(order) == list(range(5))
        assert np.all(np.diff(kl[-1][order]) < 0)
        for name, row in zip(heat.y, heat.z, strict=True):
            np.testing.assert_array_equal(row, kl[:, int(name[1:])])

    def test_beyond_the_most_the_emptiest_are_left_out(self):
        (heat,) = kl_map(progress(3, dimensions=10), most=4).data
        assert list(heat.y) == ["z6", "z7", "z8", "z9"]
        assert np.shape(heat.z) == (4, 3)

    @pytest.mark.parametrize("dimensions", [1, 2, 64, 512])
    def test_it_fits_the_page_whatever_the_dimensions(self, dimensions):
        figure = kl_map(progress(2, dimensions=dimensions))
        assert 100 < figure.layout.height < 500
        (heat,) = figure.data
        assert len(heat.y) == min(64, dimensions)
        assert heat.zmin == 0, "an empty dimension is dark in every run"


class TestMseCurve:
    def with_errors(self, epochs, **changes):
        told = progress(epochs)
        done = tuple(replace(one, figures=one.figures | {"val_mse": 0.1 / one.epoch}) for one in told.epochs)
        return replace(told, epochs=done, **changes)

    def test_the_error_and_the_baseline_have_a_line_each(self):
        figure = mse_curve(self.with_errors(4, pca_mse=0.03), 3)
        own, baseline = figure.data
        assert list(own.y) == [0.1, 0.05, 0.1 / 3, 0.025]
        assert list(own.x) == [1, 2, 3, 4]
        assert (baseline.name, list(baseline.y), baseline.line.dash) == ("PCA", [0.03, 0.03], "dash")
        assert [(mark.x0, mark.x1) for mark in figure.layout.shapes] == [(3, 3)]
        assert list(baseline.x) == list(figure.layout.xaxis.range) == [0.5, 40.5]

    def test_without_a_baseline_only_the_error_is_drawn(self):
        assert [line.name for line in mse_curve(self.with_errors(4), None).data] == ["validation"]

    def test_older_logs_have_no_curve(self):
        assert mse_curve(progress(4), None) is None
        assert mse_curve(progress(0), None) is None

    def test_epochs_before_it_was_measured_are_left_out(self):
        told = self.with_errors(4)
        older = replace(told.epochs[0], figures={"val_loss": 1.0})
        assert list(mse_curve(replace(told, epochs=(older, *told.epochs[1:])), None).data[0].x) == [2, 3, 4]


@pytest.mark.parametrize(
    ("mse", "told"), [(0.01, "has 0.25 of the error"), (0.04, "is not lower"), (0.05, "is not lower")]
)
def test_the_verdict_compares_with_pca(mse, told):
    assert told in pca_verdict(mse, 0.04)
