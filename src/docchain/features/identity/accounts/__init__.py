"""Accounts: the password, the address and the name of a user, and how they get a new password who forgot theirs."""
