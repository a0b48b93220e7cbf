"""Settings: what administrators choose for their workspace while the product runs."""

from docchain.features.settings.house import WorkspaceSettings
from docchain.features.settings.outward import Outward

__all__ = ["Outward", "WorkspaceSettings"]
