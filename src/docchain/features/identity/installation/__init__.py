"""The installation: all users and workspaces, for whoever looks after it."""
