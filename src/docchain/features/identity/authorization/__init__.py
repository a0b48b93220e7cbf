"""Authorization: roles of workspaces, grants on single things, restrictions, and why somebody may or may not."""
