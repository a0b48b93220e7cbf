"""API keys: credentials of programs, which may no more than whoever made them may now."""
