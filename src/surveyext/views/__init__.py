"""Views: what directives become, as elements that no framework knows."""
