"""Sources: what arXiv, Crossref, the Anthology and others say of a paper, asked politely."""
