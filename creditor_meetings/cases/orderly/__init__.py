"""Databases of Django's with one thing added: who wants to write stands in line."""
