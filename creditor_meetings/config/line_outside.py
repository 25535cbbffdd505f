"""How many may knock at the same moment before the server has answered the first of them.

Twisted lets 50 wait; whoever knocks while they do is not heard, and tries again after 1, 3, 7, 15
seconds and longer. After a restart thousands knock within a second: the kernel holds as many as it
may (`net.core.somaxconn`, 4096 on present Linux). Names of Daphne are used, which is pinned.
"""

from functools import wraps

from daphne import cli

WAITING = 4096


def lengthen() -> None:
    """Let Daphne listen with a line of `WAITING`, in this process; before it begins to listen."""
    build = cli.build_endpoint_description_strings

    @wraps(build)
    def built(**where: object) -> list[str]:
        return [
            f"{one}:backlog={WAITING}" if one.startswith("tcp:") else one for one in build(**where)
        ]

    cli.build_endpoint_description_strings = built
