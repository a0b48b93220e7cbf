"""Answers that are known: found by what was asked, sealed at rest, made once however many ask at the same time."""
