"""`python -m creditor_meetings.video.worker`, as `video.workers` starts it."""

import sys

from creditor_meetings.video.worker.process import main

if __name__ == "__main__":
    sys.exit(main())
