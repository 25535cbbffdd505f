"""Inside the ballot box: reading what a batch needs, deciding each ballot, writing, telling.

Records here are plain and few: a batch is written while thousands of people wait for it.
"""
