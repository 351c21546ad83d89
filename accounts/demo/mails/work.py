"""Mail to the second identity, at work: an invitation, tables, a request in a hurry."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.demo.mails.files import calendar, tide_table, vcard
from accounts.demo.mails.people import CHIDI, MARIA_WORK, NORA, Person
from accounts.demo.mails.sample import Attachment, Sample

INVITED = timedelta(hours=4)
"""How long ago the invitation came."""
_PAYROLL = Person("People & Payroll", "payroll@work.example", 60)
_ME = (MARIA_WORK,)

_MEETING = calendar(
    uid="chart-review-2231@work.example",
    title="Chart review: Leixões approach",
    place="Room Bojador\\, or online",
    organizer=NORA,
    attendees=((MARIA_WORK, "NEEDS-ACTION"), (CHIDI, "ACCEPTED")),
    days=2,
    hour=13,
)


def own_calendar(now: datetime) -> dict[str, bytes]:
    """What stands in Maria's calendar already (file names and contents): something at the time of the invitation."""
    dentist = calendar(
        uid="dentist@correio.example", title="Dentist", place="Rua das Flores 12", organizer=MARIA_WORK, attendees=(),
        days=2, hour=13, minute=30, method="",
    )  # fmt: skip
    return {"dentist@correio.example.ics": dentist(now - INVITED)}


WORK = (
    Sample(
        "invitation",
        NORA,
        "4h",
        "Invitation: Chart review: Leixões approach ([[+2w %A]])",
        """\
Nora Lindqvist invites you:

    Chart review: Leixões approach
    [[+2w %A, %d %B]], 13:00 - 14:00 UTC
    Room Bojador, or online: https://meet.work.example/bojador

Please bring the new tide table. Chidi brings cake.
""",
        to=_ME,
        cc=(CHIDI,),
        attachments=(
            Attachment("", "text/calendar", _MEETING),
            Attachment("invite.ics", "application/ics", _MEETING),
        ),
    ),
    Sample(
        "tides-csv",
        CHIDI,
        "6d 16:48",
        "Tide table for Leixões, one week",
        """\
Hi Maria,

here is the week you asked for, hourly. Column 3 is metres above chart datum.
If you plot it and it looks like a sleeping dragon, it is right.

Chidi
""",
        to=_ME,
        flags="seen answered",
        attachments=(
            Attachment("leixoes.csv", "text/csv", tide_table),
            Attachment("README.txt", "text/plain", b"Times are UTC. Heights in metres. No dragons.\n"),
        ),
    ),
    Sample(
        "tides-thanks",
        MARIA_WORK,
        "6d 17:10",
        "Re: Tide table for Leixões, one week",
        """\
> If you plot it and it looks like a sleeping dragon, it is right.

It does! Thank you. I have put it on the wall.

Maria
""",
        to=(CHIDI,),
        folder="Sent",
        answers="tides-csv",
        flags="seen",
    ),
    Sample(
        "urgent",
        CHIDI,
        "35m",
        "URGENT: printer wants chart 26304 by noon",
        """\
Maria,

the printer has moved our slot forward and needs the final PDF of chart 26304
*today at noon*, or we wait three weeks. Is your review done? A yes by mail is
enough.

Sorry!
Chidi
""",
        to=_ME,
        headers=(("X-Priority", "1"), ("Importance", "High"), ("Disposition-Notification-To", "chidi.eze@work.example")),
        flags="flagged",
    ),
    Sample(
        "payslip",
        _PAYROLL,
        "11d 07:00",
        "Your payslip",
        """\
Dear colleague,

your payslip is ready at https://payroll.work.example (log in as always).

This mail was written by a machine that hopes you are well.
""",
        to=_ME,
        folder="Archive",
        flags="seen",
        headers=(("Auto-Submitted", "auto-generated"),),
    ),
    Sample(
        "new-colleague",
        NORA,
        "9d 10:30",
        "Say hello to Chidi",
        """\
All,

Chidi Eze joins the hydrography group. He has measured more rivers than most of
us have crossed. His card is attached, his desk is the one with the plants.

Nora
""",
        to=_ME,
        cc=(CHIDI,),
        folder="Archive",
        flags="seen",
        attachments=(
            Attachment(
                "chidi-eze.vcf", "text/vcard", vcard("Chidi Eze", "Eze", "Chidi", CHIDI.address, "+44 1632 960018", "Work")
            ),
        ),
    ),
    Sample(
        "minutes",
        NORA,
        "7d 15:55",
        "Minutes of the hydrography meeting",
        """\
Present: Nora, Chidi, Maria (remote, with gulls)

1. Survey boat. Back in the water since Monday. The echo sounder is still
   convinced that it is a fish finder. Chidi calls the maker.

2. Chart 26304. Review by Maria, then the printer. Deadline in two weeks, which
   by experience means ten days.

3. Coffee. The machine stays. The vote was 7 to 1, and we know who you are.

Next meeting in a fortnight, same room.
""",
        to=_ME,
        flags="seen",
        folder="Archive",
        flowed=False,
    ),
)
