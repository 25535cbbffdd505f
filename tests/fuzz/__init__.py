"""Inputs that nobody meant: mutated by chance, by hypothesis, or led by coverage (atheris)."""
