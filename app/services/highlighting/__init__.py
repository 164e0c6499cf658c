"""Syntax colours of whole code blocks, found by Pygments in a process of its own."""
