"""Steps that ask models; each is a kind of its own, and a door of its own."""
