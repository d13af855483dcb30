"""`cluster`: the machines that compute for the server."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from zscope.jobs.cluster.settings import ADDRESS, ClusterSettings, cluster_settings

__all__ = ["cluster", "status"]

cluster = typer.Typer(name="cluster", help="The machines that compute for the server (Ray).", no_args_is_help=True)


@cluster.callback()
def _group() -> None:
    """Needed so that the only command keeps its name."""


@cluster.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False):
    """Join the cluster of `ZSCOPE_CLUSTER` and say what it consists of.

    Without the variable, or with `local`, the cluster that runs on this computer is described.
    """
    settings = cluster_settings()
    if settings is None or settings.address == "local":
        settings = ClusterSettings("auto")
    from zscope.jobs.cluster.ray_workers import cluster_status, connect, disconnect

    connect(settings)
    try:
        found = cluster_status()
    finally:
        disconnect()
    if as_json:
        print(json.dumps(asdict(found)))
        return
    print(f"{ADDRESS}={settings.address}")
    print(f"{found.nodes} nodes, {found.cpus:g} CPUs ({found.free_cpus:g} free), {found.gpus:g} GPUs")
