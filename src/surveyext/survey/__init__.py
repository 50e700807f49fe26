"""The survey: what follows when entries meet records; facets, paging, checks."""
