"""Maps: a model's encoded images on the plane.

`making` makes them, `jobs` in a process of its own, `loaded` walks on them.
"""

from zscope.library.maps.spec import MapSpec, parse_spec

__all__ = ["MapSpec", "parse_spec"]
