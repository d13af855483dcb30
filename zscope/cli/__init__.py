"""The command line `zscope`: one file per command group. Without a command it opens the app."""

import sys

import typer
from typer.exceptions import TyperException

from vae.errors import ZscopeError
from zscope.cli.cluster import cluster
from zscope.cli.codes import decode, encode
from zscope.cli.compare import compare
from zscope.cli.data import data
from zscope.cli.evaluate import evaluate
from zscope.cli.export import export
from zscope.cli.importing import import_files
from zscope.cli.interpolate import interpolate
from zscope.cli.jobs import work_on_job
from zscope.cli.maps import map_command
from zscope.cli.models import models
from zscope.cli.open_app import open_app
from zscope.cli.osc import osc
from zscope.cli.reconstruct import reconstruct
from zscope.cli.runs import pause, remove, resume, runs, stop, work_on
from zscope.cli.train import train
from zscope.jobs.networks.host import isolate_networks

__all__ = ["app", "main"]

app = typer.Typer(
    name="zscope",
    help="Explore the latent space of variational autoencoders. Without a command: open the app in a browser.",
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.callback(invoke_without_command=True)(open_app)
for command in (models, train, runs, pause, resume, stop, remove, evaluate, encode, decode):
    app.command()(command)
app.command("forget", hidden=True)(remove)  # the name of `remove` in earlier versions
app.command("map")(map_command())
app.command()(export)
app.command()(compare)
app.command()(interpolate)
app.command()(reconstruct)
app.command()(osc)
app.command("import")(import_files)
app.command("work", hidden=True)(work_on)
app.command("work-on", hidden=True)(work_on_job)
app.add_typer(data, name="data")
app.add_typer(cluster, name="cluster")


def main() -> None:
    """Run a command. Errors that a user can resolve are one line on stderr, with exit status 1."""
    isolate_networks()
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except typer.Abort:
        print("Stopped.", file=sys.stderr)
        sys.exit(130)
    except (ZscopeError, OSError) as error:  # OSError: for example an --out that is not writable
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(1)
    except TyperException as error:  # an unknown command or option, or a value out of range
        print(f"Error: {error.format_message().rstrip('.')}. See: zscope --help", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        sys.exit(130)
