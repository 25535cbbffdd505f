"""Carries what happens to claims into the meetings of the case."""


def connect() -> None:
    """Listen to the claims room."""
