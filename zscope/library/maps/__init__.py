"""Maps: projections of a model's encoded images to the plane.

`making` computes them, `zscope.jobs.maps` in a process of its own; `loaded_map` serves them to the Map page.
"""

from zscope.library.maps.spec import MapSpec, parse_spec

__all__ = ["MapSpec", "parse_spec"]
