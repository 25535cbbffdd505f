"""The ledger (账本) as pure functions: what is written cannot be changed without showing.

`canonical` gives every value one encoding, `chain` ties each entry to the one before it,
`merkle` proves that an entry is in a batch, `tree` grows over the whole ledger, `signing` signs
batches, heads and keys, `receipts` puts these together for the voter's hand.
Hashes are SHA-256 in lower-case hexadecimal.
"""
