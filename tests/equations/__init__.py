"""Equations: one module a technique page, in which each displayed equation is executed."""
