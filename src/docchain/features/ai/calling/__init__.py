"""Calls of models: the one path from a question to an answer that is paid for, traced and, where it is known, free."""
