"""Mail that tries a mail program: very long, deeply quoted, flowed, oddly named, forwarded, with markup where none belongs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from accounts.demo.mails.files import lighthouse, tide_at
from accounts.demo.mails.people import ANA, MARIA, SAM, Person
from accounts.demo.mails.sample import Attachment, Sample

_TIDES = Person("Instituto das Marés", "tabelas@mares.example")
_TESTER = Person("Rui Barros [QA]", "rui.barros@farol.example")
_WRITER = Person("Eleanor Whitcombe", "eleanor@whitcombe.example")
_COLUMNIST = Person("Dr. W. Okonkwo-Þórsdóttir, “the Keeper”", "keeper@skerries.example", -60)
_SILENT = Person("", "no-reply@gauge.example")


def _year_of_tides(date: datetime) -> str:
    """Some 1,400 lines: high and low water of every day of a year at Leixões."""
    start = date.astimezone(UTC).replace(month=1, day=1, hour=0, minute=0, second=0)
    lines = ["TABELA DE MARÉS · LEIXÕES", f"{start.year} · horas UTC · alturas em metros", ""]
    step = 1.0
    first = start.timestamp() / 3600
    before, here = tide_at(first - step), tide_at(first)
    for index in range(365 * 24):
        after = tide_at(first + (index + 1) * step)
        if (here - before) * (after - here) <= 0:  # a turn: its time is the vertex of the parabola through the three
            vertex = step * (before - after) / (2 * (before - 2 * here + after))
            moment = start + timedelta(hours=index * step + vertex)
            kind = "preia-mar" if here > before else "baixa-mar"
            lines.append(f"{moment:%d/%m  %H:%M}  {kind}  {here:4.1f} m  {'~' * round(here * 6)}")
        before, here = here, after
    return "\n".join([*lines, "", "Fim da tabela. Bons ventos!", ""])


_DEEP = """\
Fine, I give up: it was the gull.

Sam Okafor wrote:
> So who pressed F5?
>
> Ana Sousa wrote:
>> Not me. I was holding the lamp.
>>
>> Maria Santos wrote:
>>> I was on the ladder with both hands on the ladder, as one should.
>>>
>>> Jürgen Groß wrote:
>>>> Here it began to flash at 14:03. Fl(3)WRG, correct period, by the way.
>>>>
>>>> Ana Sousa wrote:
>>>>> Is anybody near the keyboard?
>>>>>
>>>>> Sam Okafor wrote:
>>>>>> Lamp is cold, terminal is open, I am getting coffee.
>>>>>>> Who turns it on?
>>>>>>>> Test plan step 1: nobody touches anything.
>>>
>>> M.
>>
>> [ 40 lines of very old discussion, which nobody will ever read again ]
>> line 02: about the colour of the tower
>> line 03: about the colour of the other tower
>> line 04: about whether red is a colour
>> line 05: about paint in general
>> line 06: about the price of paint
>> line 07: about the painter
>> line 08: about the painter's cat
>> line 09: about the cat's opinion of towers
>> line 10: see line 02
"""

_FLOWED = """\
Dear Maria,

this letter is written as letters were: in paragraphs, not in lines. My
program breaks them softly, so that yours may break them where it likes,
on a telephone as well as on that splendid wide screen of yours. If you
see ragged short lines now, one of our two programs is older than it
admits.

You asked about the keeper's diary. It begins in 1871, with weather, and
ends in 1903, with weather. Between them there are:

  * two shipwrecks,
  * one wedding (his),
  * eleven hundred entries that say "Fog." and nothing else.

> Did he ever mention the green flash? I should like to think that
> somebody who looked at the sea for thirty-two years saw it at least
> once.

Once, on a Sunday, in pencil, with a question mark.

Yours ever,

Eleanor

--\x20
Eleanor Whitcombe
Skerry House, by the slip
"""


def _soft(text: str) -> str:
    """Text with soft line breaks (RFC 3676) between lines of one paragraph, up to the signature."""
    body, signature, rest = text.partition("-- \n")
    return re.sub(r"(?m)(?<=\S)$(?=\n(?:> )?\w)", " ", body) + signature + rest


_FORWARDED = """\
Maria, is this one for you? It was caught in the list's spam trap, poor thing.

Sam

---------- Forwarded message ----------
From: A. Keeper <keeper@oldlight.example>
To: <info@farol.example>
Subject: a question about paraffin

Gentlemen,

I am restoring a lamp of 1898 and your program says "LED, white". Where do I
enter paraffin? Also wicks.

Yours, in the dark
A. K.
"""

CURIOSITIES = (
    Sample(
        "tide-year",
        _TIDES,
        "13d 09:00",
        "Tabela de marés de Leixões, o ano inteiro (muito comprida)",
        _year_of_tides,
        folder="Archive",
        flags="seen",
    ),
    Sample("deep", ANA, "1d 17:12", "Re: Re: AW: Re: Re: Who pressed F5? [was: Test plan]", _DEEP, cc=(SAM,), flags="seen"),
    Sample("flowed", _WRITER, "1d 20:05", "The keeper's diary", _soft(_FLOWED), flowed=True, flags=""),
    Sample(
        "brackets",
        _TESTER,
        "1d 11:11",
        "[/x] [bold red]not bold[/] \x1b[31mnot red\x1b[0m \x07 {0} %s <b>&amp;</b> [@click=app.quit]quit[/]",
        """\
Maria,

the subject of this mail is the nastiest I could think of. It should look like
plain text: no colour, no bell, no tag that swallows half of it, and clicking on
"quit" should do nothing at all.

The body tries too:

    [bold]bold?[/bold]   [link=https://example.invalid]link?[/link]   [/]
    \x1b]0;a new window title\x07 \x1b[2J\x1b[H (the screen should not be empty now)
    C1: \x9b31m    overwritten?\r\b\b\b\b
    direction: user\u202etxt.exe\u202c is not a text file
    wide: 日本語のテキスト、絵文字 👩🏽‍🚀🧑‍🤝‍🧑🏳️‍🌈 and combining Z̵̡̢̛a̴l̷g̸o̶

If any of it did something, tell me what.

Rui
""",
        flags="todo",
    ),
    Sample(
        "one-line",
        SAM,
        "8d 13:37",
        "One line",
        "This paragraph has no line breaks at all, because the telephone it was written on does not believe in them, "
        "and so it goes on and on, past the eightieth column and the hundred and sixtieth, telling you that the soak test "
        "ran all night, that the coffee machine did not, and that https://build.example/farol/soak/a-very-long-address/which"
        "-cannot-be-broken/anywhere/without/breaking/it?and=it&has=parameters#too is where you can see the graphs; reply "
        "whenever you like.\n",
        folder="Archive",
        flags="seen",
    ),
    Sample("forward", SAM, "5d 17:33", "Fwd: a question about paraffin", _FORWARDED, flags="seen"),
    Sample(
        "names",
        _COLUMNIST,
        "6d 22:15",
        "Pictures; mind the names",
        "Dear Maria, three pictures with the names my camera, my nephew and my cat gave them.\n\nW.\n",
        flags="seen",
        attachments=(
            Attachment("../../.profile", "image/png", lighthouse()),
            Attachment("Leuchtturm — Größe XL (endgültig) [2] 最終版.png", "image/png", lighthouse()),
            Attachment("-rf " + "very " * 40 + "long name.png", "image/png", lighthouse()),
        ),
    ),
    Sample(
        "gauge",
        _SILENT,
        "7h",
        "",
        "Leça river gauge: 1.82 m, falling. Battery 87 %.\n",
        headers=(("Auto-Submitted", "auto-generated"), ("X-Priority", "5"), ("Importance", "low")),
        flags="seen",
    ),
    Sample(
        "self",
        MARIA,
        "2d 22:40",
        "Note to self: packing list",
        """\
- passport, the real one
- adapter (Alexandria: type C)
- slides, on two sticks
- gift for Layla: the lighthouse book
- NOT the harpoon
""",
        to=(MARIA,),
        folder="Travel",
        flags="seen todo",
    ),
)
