"""The debtor's property (债务人财产), money in and out, and distribution."""
