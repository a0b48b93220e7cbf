"""AI workflows: workflows with a type, a template and input data of their own, and chains of documents.

One of them is a workflow like any other, in the same table and engine; here are its further doors.
"""
