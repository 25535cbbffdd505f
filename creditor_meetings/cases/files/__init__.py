"""Files that people bring: what they really are, opened safely, kept and given out."""
