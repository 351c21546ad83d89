"""What stands in Drafts, Sent, Junk, Trash and Travel besides the threads."""

from __future__ import annotations

from accounts.demo.mails.people import ANA, GRACA, HELENE, LAYLA, MARIA, MARIA_WORK, OLGA, Person
from accounts.demo.mails.sample import Sample

_LOTTERY = Person("Mrs. Fortunata Goldstream", "claims@lotto-winner.invalid")
_PHISH = Person("Correio Support Team", "support@correio-secure.invalid")
_SEO = Person("Brad from RankRocket", "brad@rankrocket.invalid")
_TRAIN = Person("Comboios do Sul", "bilhetes@comboios.example")
_HOTEL = Person("Pensão Estrela do Mar", "reservas@estreladomar.example")

_LETTER = """\
DEAR BELOVED WINNER,

YOUR E-MAIL ADDRESS HAS WON THE SUM OF 4.500.000,00 EURO (FOUR MILLION FIVE
HUNDRED THOUSAND) IN THE LIGHTHOUSE KEEPERS INTERNATIONAL LOTTERY, IN WHICH YOU
DID NOT TAKE PART. CONGRATULATION!!!

To claim, kindly send: full name, full bank, full moon, and a small fee of
EUR 250 for the parrot.

Yours in great confidence,
Mrs. Fortunata Goldstream (widow, barrister, prince)
"""
_PHISH_PAGE = """\
<html><body><p>Dear user,</p><p>Your mailbox is <b>99.8&nbsp;% full</b> and will be <font color="red">deleted today</font>.</p>
<p><a href="http://192.0.2.66/login/correio.example/verify.php?id=maria">https://correio.example/keep-my-mailbox</a></p>
<p style="font-size:0px">lighthouse tide gull harbour weather kindly regards meeting minutes</p>
<img src="http://192.0.2.66/o.gif?maria" width="1" height="1"></body></html>
"""

LEFTOVERS = (
    Sample(
        "spam-lottery",
        _LOTTERY,
        "3d 04:44",
        "!!! CONGRATULATION YOU HAVE W0N 4,500,000 EURO !!!",
        _LETTER,
        folder="Junk",
        flags="junk",
        verdict="fail",
        headers=(("X-Spam-Flag", "YES"), ("X-Spam-Score", "19.4"), ("Reply-To", "goldstream@private.invalid")),
    ),
    Sample(
        "spam-phish",
        _PHISH,
        "1d 05:10",
        "[correio.example] Your mailbox is almost full",
        "",
        html=_PHISH_PAGE,
        verdict="fail",
        headers=(("X-Spam-Score", "4.1"),),
    ),
    Sample(
        "spam-seo",
        _SEO,
        "6d 03:03",
        "Quick question about your website",
        """\
Hi there,

I was looking at your web site and noticed it is not on the FIRST PAGE of
Goggle. We can get you 10,000 real lighthouse visitors per day.

Shall we jump on a quick call?

Brad
P.S. Following up on my previous nine follow-ups.
""",
        folder="Junk",
        flags="seen junk",
        verdict="softfail",
    ),
    Sample(
        "draft-layla",
        MARIA,
        "26h",
        "Re: دعوة إلى ندوة «منارات المتوسط» في الإسكندرية",
        """\
Dear Layla,

thank you so much, I would love to come. I can talk for 30 minutes about
the tides, with pictures, and bring
""",
        to=(LAYLA,),
        folder="Drafts",
        answers="mina",
        flags="draft seen",
    ),
    Sample(
        "draft-report",
        MARIA_WORK,
        "3d 18:00",
        "Trip report (not finished)",
        "Monday. Rain. The echo sounder saw fish.\n\nTuesday.\n",
        to=(),
        folder="Drafts",
        flags="draft seen",
    ),
    Sample(
        "sent-postcard",
        MARIA,
        "15d 12:12",
        "Открытка с маяком / uma fotografia do farol",
        "Здравствуйте, Ольга!\n\nA postcard with our lighthouse is on its way to you.\n\nMaria\n",
        to=(OLGA,),
        folder="Sent",
        flags="seen",
    ),
    Sample(
        "sent-photos",
        MARIA,
        "12d 09:30",
        "Obrigada!! Re: 🎂🎉 Parabéns!!! 🎈",
        "Tia, a prenda chegou. Não abri. (Quase não abri.)\n\n❤️ Maria\n",
        to=(GRACA,),
        folder="Sent",
        answers="parabens",
        flags="seen",
    ),
    Sample(
        "train",
        _TRAIN,
        "5d 07:20",
        "Bilhete: Porto Campanhã – Lisboa Oriente, [[+9 %d/%m]]",
        """\
Comboio  IC 523
Partida  Porto Campanhã   [[+9 %d/%m/%Y]]  09:40
Chegada  Lisboa Oriente   [[+9 %d/%m/%Y]]  12:34
Lugar    carruagem 4, lugar 27, janela
Preço    27,35 €

Boa viagem!
""",
        folder="Travel",
        flags="seen invoices",
    ),
    Sample(
        "hotel",
        _HOTEL,
        "4d 19:02",
        "Confirmação da reserva, 2 noites",
        """\
Boa tarde,

confirmamos o quarto 12 (com vista para o farol, como pediu) para duas noites.
Pequeno-almoço das 7:30 às 10:00. A receção fecha à meia-noite; depois dela,
toque a campainha e tenha paciência, que o Sr. Amadeu dorme bem.

Pensão Estrela do Mar
""",
        folder="Travel",
        flags="",
    ),
    Sample(
        "trash-old",
        ANA,
        "10d 16:00",
        "lunch?",
        "In the canteen at one? They have soup.\n\nAna\n",
        folder="Trash",
        flags="seen",
    ),
    Sample(
        "trash-poster",
        HELENE,
        "4d 09:00",
        "Épreuve n° 1 (remplacée)",
        "Oublie ce message, j’ai envoyé le mauvais fichier. La bonne épreuve arrive demain !\n\nHélène\n",
        folder="Trash",
        flags="seen",
    ),
)
