"""Storage: blobs compressed and encrypted chunk by chunk, kept on a shelf: a folder or an object store."""
