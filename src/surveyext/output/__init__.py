"""Output: HTML head, formulas, fonts, assets, EPUB and LaTeX."""
