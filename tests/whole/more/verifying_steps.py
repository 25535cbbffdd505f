"""Acts of verifying, by the step of the story that they follow."""

from tests.whole.story import Step

STEPS: dict[str, list[Step]] = {}
