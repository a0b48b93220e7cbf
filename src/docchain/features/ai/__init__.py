"""AI: answers of models, remote or local, that can be traced, paid for, graded and corrected."""
