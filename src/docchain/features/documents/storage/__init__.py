"""Storage of documents: what a workspace takes and may take, what is garbage, whether all is sound, moving, links."""
