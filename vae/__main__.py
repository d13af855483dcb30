"""`python -m vae`."""

from zscope.cli import main

main()
