"""Settings: what administrators choose for their workspace while the product runs."""

from docchain.features.settings.house import WorkspaceSettings

__all__ = ["WorkspaceSettings"]
