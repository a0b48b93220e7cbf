"""Filing: what documents are kept under (types with fields, tags, correspondents, collections), held and kept for."""
