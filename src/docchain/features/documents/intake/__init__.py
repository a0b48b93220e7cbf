"""Intake: every way in passes one ledger and one check; inside of documents, and met through its face."""
