"""Pictures of documents: thumbnails and pages, made in the background and kept beside the content they show."""
