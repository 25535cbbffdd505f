"""The law of the vote (表决规则) as pure functions over frozen records.

`registry` holds each rule as data, `electorate` says who votes with what, `tally` counts and
decides, `count_file` reads a count from a file. Amounts are integers of fen (分), thresholds
are fractions multiplied across; nothing here knows a database, a clock or a float.
"""
