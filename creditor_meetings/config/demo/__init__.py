"""The demo case: a real claims table, documents made for it, and two meetings."""
