"""Speed: what only makes a build faster and changes no byte of it."""
