"""The list of claims without objection (无异议债权表), for the court's ruling (EBL 58)."""
