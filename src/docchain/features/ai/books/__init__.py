"""The books as people read and keep them: budgets, calls, usage and known answers."""
