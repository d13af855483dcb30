"""`python -m zscope`: the command line."""

from zscope.cli import main

main()
