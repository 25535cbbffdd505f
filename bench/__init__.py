"""Benchmarks: `make bench`. Each is a ratio to a reference measured in the same run.

A number of seconds says much about the machine and little about the code; a ratio to something
known, measured in the same minute, says how the code does.
"""
