"""Evaluation: sets of examples with right answers, what prompts and models score on them, and a gate for publishing."""
