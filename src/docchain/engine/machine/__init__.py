"""The pure machine: facts in, facts and commands out. It imports no framework and does no I/O."""
