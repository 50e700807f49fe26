"""The build: Sphinx's side, from the files to what the next build keeps."""
