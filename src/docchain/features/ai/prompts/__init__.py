"""The library of prompts: its one rule: a version never changes, and what is asked of models names the one it used."""
