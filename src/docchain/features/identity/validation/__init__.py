"""Validation on request: whether a token, a new password or a text would be taken, without taking it."""
