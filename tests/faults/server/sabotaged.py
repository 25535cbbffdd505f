"""The product's settings with a saboteur among its rooms: what a test breaks in a real server.

Used as DJANGO_SETTINGS_MODULE. `SABOTAGE` names a directory: a file `clock` in it holds seconds
by which the process's clock is wrong; a file named as one of `saboteur.BREAKING` breaks that once.
"""

import os

from creditor_meetings.config.settings import *  # noqa: F403
from creditor_meetings.config.settings import CHANNEL_LAYERS, DATABASES, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.server.saboteur.Saboteur"]
if "LAYER_CAPACITY" in os.environ:
    CHANNEL_LAYERS["default"]["CONFIG"]["capacity"] = int(os.environ["LAYER_CAPACITY"])
if "LOCK_SECONDS" in os.environ and DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"]["timeout"] = float(os.environ["LOCK_SECONDS"])
