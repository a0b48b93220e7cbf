"""Search: everything is found, by its words and by its meaning, by whoever may read it."""
