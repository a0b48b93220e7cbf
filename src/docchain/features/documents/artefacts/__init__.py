"""What is made of a version's content and kept beside it: its text, its pictures; made again whenever it is gone."""
