"""Editing: the author's files read without a build, changed, and checked before writing."""
