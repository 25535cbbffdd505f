"""Papers made of the record: minutes, result certificates, receipts, and the public check.

`story` reads the ledger's first entries, `minutes` and `certificate` turn them into what a
paper says, `setting` sets that as PDF/A, `signing` puts signatures on it, `verbs` do all of it
and keep the outcome. `receipts` are the voters' own papers, `check` answers whoever holds one.
"""
