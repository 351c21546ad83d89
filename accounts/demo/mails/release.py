"""A discussion between four people: is Farol 3.0 ready?"""

from __future__ import annotations

from accounts.demo.mails.files import lighthouse, pdf
from accounts.demo.mails.people import ANA, CI, JUERGEN, MARIA, SAM
from accounts.demo.mails.sample import Attachment, Sample

_ALL = (MARIA, SAM, JUERGEN)

RELEASE = (
    Sample(
        "release-plan",
        ANA,
        "6d 09:12",
        "Release of Farol 3.0 next week?",
        """\
Hello everybody,

the tide tables are in, the new chart view works on my machine and on the
old tablet of the harbour master, and the list of blockers is shorter than
it has been all year:

  * #412  the light characteristic "Fl(3)WRG" is drawn as plain "Fl"
  * #418  Portuguese translation lacks nine strings
  * #420  release notes

I would like to tag 3.0 on [[+7 %A, %d %B]] unless somebody sees a rock
ahead. What do you think?

Ana

--\x20
Ana Sousa · Farol · https://farol.example
""",
        to=_ALL,
        flags="seen answered release",
    ),
    Sample(
        "release-sam",
        SAM,
        "6d 11:40",
        "Re: Release of Farol 3.0 next week?",
        """\
On our side +1.

Ana Sousa wrote:
> I would like to tag 3.0 next week unless somebody sees a rock ahead.

The packages build for Debian 12 and 13. I still want one full night of the
soak test with the new cache, so please nothing exciting in the last two days.

> #420  release notes

I can write a first draft if Maria reads it. Her English is better than mine.

Sam
""",
        to=(ANA,),
        cc=(MARIA, JUERGEN),
        answers="release-plan",
        flags="seen release",
    ),
    Sample(
        "release-maria-1",
        MARIA,
        "6d 12:05",
        "Re: Release of Farol 3.0 next week?",
        """\
> I can write a first draft if Maria reads it. Her English is better than mine.

Flatterer. Send it over, I will read it the same evening.

#418 is mine: I have the nine strings on paper and will commit them tonight.

Maria
""",
        to=(SAM,),
        cc=(ANA, JUERGEN),
        folder="Sent",
        answers="release-sam",
        flags="seen",
    ),
    Sample(
        "release-juergen",
        JUERGEN,
        "5d 08:31",
        "Re: Release of Farol 3.0 next week?",
        """\
Good morning,

one rock, I am afraid. With yesterday's snapshot the range circle of
Roter Sand comes out as 24 miles instead of 16:

    $ farol show "Roter Sand" --range
    Roter Sand     Iso.WRG.8s    24.0 M     53°51.3'N 008°04.9'E

I think somebody multiplies the sector ranges (16 M x 1.5). It worked in 2.9.
See the picture: the red one is the lighthouse, the yellow one is wrong.

Viele Grüße
Jürgen
""",
        to=(ANA,),
        cc=(MARIA, SAM),
        answers="release-plan",
        flags="seen release",
        attachments=(Attachment("roter-sand.png", "image/png", lighthouse()),),
    ),
    Sample(
        "release-ana-2",
        ANA,
        "5d 09:02",
        "Re: Release of Farol 3.0 next week?",
        """\
Jürgen, you have saved us a very embarrassing Monday. Again.

It was me: the nautical mile conversion is applied twice for sector lights.
Fixed in 7c1f0e2, with a test that has Roter Sand in it, so that it can never
come back without somebody noticing.

Could you try tonight's snapshot?

Ana
""",
        to=(JUERGEN,),
        cc=(MARIA, SAM),
        answers="release-juergen",
        flags="seen release",
    ),
    Sample(
        "release-juergen-2",
        JUERGEN,
        "4d 07:55",
        "Re: Release of Farol 3.0 next week?",
        """\
> Could you try tonight's snapshot?

    Roter Sand     Iso.WRG.8s    16.0 M     53°51.3'N 008°04.9'E

16.0. From my side: los geht's.

Jürgen
""",
        to=(ANA,),
        cc=(MARIA, SAM),
        answers="release-ana-2",
        flags="seen release",
    ),
    Sample(
        "release-notes",
        SAM,
        "1d 21:48",
        "Draft of the release notes (was: Release of Farol 3.0 next week?)",
        """\
Maria,

as promised, and late as always. The PDF is for reading on the tram, the text
is below for quoting.

  Farol 3.0 "Roter Sand"
  ======================

  New
    - Charts can be panned with the keyboard, one screen or one mile at a time.
    - Tide tables for 214 more stations, from the Azores to the Skagerrak.
    - Light characteristics are drawn as they flash. Yes, really. Try F5.

  Changed
    - The cache needs a third of the space, and survives a full disk.
    - `farol sync` no longer asks for the password when the keyring knows it.

  Fixed
    - Sector ranges were multiplied twice in snapshots (thank you, Jürgen).

Two questions:
  1. Is "as they flash" too cute?
  2. Do we thank the translators by name?

Sam

--\x20
Sam · Farol release team
""",
        to=(MARIA,),
        cc=(ANA,),
        answers="release-maria-1",
        flags="flagged release todo",
        attachments=(
            Attachment(
                "farol-3.0-notes.pdf",
                "application/pdf",
                pdf(('Farol 3.0 "Roter Sand"', "", "New: charts by keyboard, 214 tide stations, lights that flash.", "Draft 1")),
            ),
        ),
    ),
    Sample(
        "release-ana-3",
        ANA,
        "48m",
        "Re: Draft of the release notes (was: Release of Farol 3.0 next week?)",
        """\
> 1. Is "as they flash" too cute?

No. It is the only line people will remember.

> 2. Do we thank the translators by name?

Always. All eleven of them.

Maria, if you find the time today I would tag tonight instead of tomorrow
morning: the soak test is green for the third night and I am getting nervous
from looking at it.

Ana
""",
        to=(SAM,),
        cc=(MARIA,),
        answers="release-notes",
        flags="release",
    ),
    Sample(
        "ci-green",
        CI,
        "2h",
        "[farol] Build 4711 passed: release-3.0 (7c1f0e2)",
        """\
Build 4711 of release-3.0 passed in 12 min 41 s.

  commit   7c1f0e2  Apply the mile conversion once for sector lights
  author   Ana Sousa

  debian-12    2,318 tests    2,318 passed
  debian-13    2,318 tests    2,318 passed
  macos-14     2,306 tests    2,306 passed      12 skipped
  soak         9 h 58 min     no growth

https://build.example/farol/4711
""",
        to=(MARIA,),
        headers=(("Auto-Submitted", "auto-generated"), ("X-Build", "4711"), ("Precedence", "bulk")),
    ),
    Sample(
        "ci-red",
        CI,
        "5d 02:17",
        "[farol] Build 4698 FAILED: main (a90be11)",
        """\
Build 4698 of main failed after 3 min 02 s.

  debian-13    tests/test_sectors.py::test_roter_sand

      def test_roter_sand():
          light = read_light("Roter Sand")
  >       assert light.range == 16.0
  E       assert 24.0 == 16.0

https://build.example/farol/4698
""",
        to=(MARIA,),
        folder="Archive",
        flags="seen",
        headers=(("Auto-Submitted", "auto-generated"), ("X-Build", "4698"), ("Precedence", "bulk")),
    ),
)
