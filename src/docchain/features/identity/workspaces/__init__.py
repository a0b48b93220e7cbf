"""Workspaces: their members, invitations and quotas; everything of one can be exported, and deleted."""
