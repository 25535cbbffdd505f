"""The sections of the snapshot that the meeting itself fills."""


def register() -> None:
    """Bring the sections."""
