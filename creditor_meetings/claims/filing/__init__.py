"""Online filing of claims (债权申报; EBL 48, 49, 56): door, form, receipt, review."""
