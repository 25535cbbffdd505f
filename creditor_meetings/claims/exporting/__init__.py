"""Giving the claims table (债权表) back: the same table, importable unchanged, safe to open."""
