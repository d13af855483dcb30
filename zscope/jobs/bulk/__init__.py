"""Encodes sources of any size in several processes, part by part, so that an interrupted run continues.

`sources` names the images of a folder, an array or a data set; `encoding` encodes a range of them and writes one part;
`run` spreads the parts over processes.
"""
