"""The translations of the app: which texts there are, and the catalogues in `assets/languages`.

`python -m docs.languages` finds the texts in the source, updates the `.po` files and writes what Python (`messages.mo`)
and the browser (`messages.json`) read.
"""
