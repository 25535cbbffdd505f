"""Copies of everything that must not be lost, and bringing them back."""
