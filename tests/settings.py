"""The product's settings for tests inside one process: data of their own, quick passwords.

Tests that start servers (`tests.support.servers`) run the product's settings as they are.
"""

import atexit
import os
import shutil
import tempfile

# A process that a test starts shares its parent's; workers of one run have each one of its own.
if "TESTS_DATA_DIR" not in os.environ or (
    os.environ.get("PYTEST_XDIST_WORKER", "") != os.environ.get("TESTS_DATA_DIR_OF", "")
):
    os.environ["TESTS_DATA_DIR"] = tempfile.mkdtemp(
        prefix="creditor-meetings-", dir=os.environ.get("TESTS_DATA_DIR")
    )
    os.environ["TESTS_DATA_DIR_OF"] = os.environ.get("PYTEST_XDIST_WORKER", "")
    atexit.register(shutil.rmtree, os.environ["TESTS_DATA_DIR"], ignore_errors=True)

# Set, not removed: what is set here wins over a developer's .env.
os.environ.update(
    DATA_DIR=os.environ["TESTS_DATA_DIR"],
    DATABASE_URL=os.environ.get(
        "TESTS_DATABASE_URL", f"sqlite:///{os.environ['TESTS_DATA_DIR']}/db.sqlite3"
    ),
    REDIS_URL=os.environ.get("TESTS_REDIS_URL", ""),
    DEBUG="0",
    DEMO="0",
)
# Playwright's synchronous interface keeps an event loop in the thread of the tests.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

from creditor_meetings.config.settings import *  # noqa: F403

REQUIRE_STAFF_MFA = False  # tests of the second factor turn it on
MESSAGES_IN_BACKGROUND = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Each client of a test would begin by looking at every static file; so, one that is asked for is
# looked at.
WHITENOISE_AUTOREFRESH = True
