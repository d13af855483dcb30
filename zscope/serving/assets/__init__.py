"""Scripts and styles at addresses that contain a hash of their contents, which browsers cache for good."""

from zscope.serving.assets.files import AssetFiles, Snapshot
from zscope.serving.assets.joined import join_modules
from zscope.serving.assets.modules import imported_modules
from zscope.serving.assets.routes import asset_routes

__all__ = ["AssetFiles", "Snapshot", "asset_routes", "imported_modules", "join_modules"]
