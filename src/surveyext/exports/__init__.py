"""Exports: the files next to the pages, one module per format."""
