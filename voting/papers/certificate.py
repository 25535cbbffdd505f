"""What the certificate of a result (表决结果证明) says: one vote, from the ledger alone."""

from typing import Any

from voting.models import Resolution
from voting.papers import minutes, poll_part, saying
from voting.papers.places import PLACES, described
from voting.papers.story import Story


def say(story: Story, resolution: Resolution, version: int, *, names: bool) -> dict[str, Any]:
    """Say all that the certificate of a closed poll says."""
    poll = story.polls[resolution.pk]
    meeting, case = story.meeting, story.meeting.case
    copy = "法院、管理人存卷本，附各债权人表决情况" if names else "公开本"
    facts = [
        *minutes.case_facts(case),
        ("会议", meeting.title),
        ("会议时间", saying.day(meeting.opened_at or meeting.starts_at)),
    ]
    return {
        "head": {**minutes.head(case, f"第 {version} 版（{copy}）"), "facts": facts},
        "footer": minutes.footer(story, f"第 {version} 版"),
        "poll": poll_part.say(poll, resolution, story.people, names=names),
        "basis": minutes.basis(story),
        "places": described(PLACES),
        "signing": ["以上结果依据会议账本计算，经核对无误，由下列人员签署。"],
    }
