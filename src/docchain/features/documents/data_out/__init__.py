"""Data out: what was read from many documents, as a table in the reader's own notation."""
