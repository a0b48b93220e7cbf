"""What people corrected, kept for the next paper of its layout, for prompts and for evaluation sets."""
