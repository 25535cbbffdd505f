"""What a stranger needs to check a meeting's record: proofs, timestamps, the bundle."""
