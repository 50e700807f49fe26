"""The library: what the author's files say; readers, values and their one written form."""
