"""Runs the command `zscope` for `python -m vae`."""

from zscope.cli import main

main()
