"""Methods of language that need no key, no network and no model of others: Spanish and English, in child processes."""
