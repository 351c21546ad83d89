"""Mail made of HTML: a newsletter, receipts, a statement, tickets, and the tricks that come with them."""

from __future__ import annotations

from accounts.demo.mails.files import lighthouse, pdf
from accounts.demo.mails.people import ANNOUNCE_LIST, KELP_DOOR, Person
from accounts.demo.mails.sample import Attachment, Sample

_TIDETABLE = Person("The Tide Table Weekly", "news@tidetable.example")
_BOOKS = Person("Livraria Sal", "recibos@livrariasal.example")
_BANK = Person("Banco Azul", "extratos@bancoazul.example")
_AIRLINE = Person("Asa Airways", "booking@asa.example", 60)
_SHOP = Person("Kelp & Co.", "hello@kelp.example")
_LEAVE_KELP = f"<mailto:{KELP_DOOR.address}?subject=unsubscribe%2042>, <https://kelp.example/u?id=42>"

_NEWSLETTER = """\
<!DOCTYPE html>
<html><head><title>The Tide Table Weekly</title>
<style>body{font-family:Georgia,serif;color:#123} .lead{font-size:18px} td{padding:4px 12px}</style></head>
<body bgcolor="#f4f1ea">
<div style="display:none;max-height:0;overflow:hidden">Three lights relit, one whale, and why your barometer lies.</div>
<table width="600" align="center" cellpadding="0" cellspacing="0"><tr><td>
<a href="https://tidetable.example/">
<img src="https://img.tidetable.example/header.jpg" width="600" height="120" alt="The Tide Table Weekly"></a>
<h1>Three lights relit</h1>
<p class="lead">After eleven dark winters, the lights of <b>Cabo Raso</b>, <b>Punta Vieja</b> and <b>Skerry Mòr</b>
burn again. Volunteers carried 214 panes of glass up 190 steps. We carried the sandwiches.
<a href="https://tidetable.example/stories/relit?utm_source=weekly&amp;utm_medium=email">Read the story</a></p>
<h2>Also this week</h2>
<ul>
<li><a href="https://tidetable.example/stories/barometer">Why your barometer lies</a> (and how to make it confess)</li>
<li>A whale at the <i>wrong</i> end of the estuary: <a href="https://tidetable.example/stories/whale">pictures</a></li>
<li>Crossword: 7 across, &ldquo;It turns and never leaves&rdquo;, 10 letters</li>
</ul>
<h2>High water, next three days</h2>
<table border="1" cellpadding="4">
<tr><th>Station</th><th>[[+1 %a]]</th><th>[[+2 %a]]</th><th>[[+3 %a]]</th></tr>
<tr><td>Leixões</td><td align="right">04:12 &middot; 3.4&nbsp;m</td><td align="right">04:58 &middot; 3.5&nbsp;m</td>
<td align="right">05:41 &middot; 3.5&nbsp;m</td></tr>
<tr><td>Brest</td><td align="right">05:30 &middot; 6.7&nbsp;m</td><td align="right">06:14 &middot; 7.0&nbsp;m</td>
<td align="right">06:57 &middot; 7.1&nbsp;m</td></tr>
<tr><td>Cuxhaven</td><td align="right">01:03 &middot; 3.6&nbsp;m</td><td align="right">01:51 &middot; 3.6&nbsp;m</td>
<td align="right">02:37 &middot; 3.7&nbsp;m</td></tr>
</table>
<blockquote>&ldquo;Red sky at night, somebody&rsquo;s shed is alight.&rdquo;<br>&mdash; a reader in Whitby</blockquote>
<hr>
<p style="font-size:11px;color:#888">You get this because you asked for it at tidetable.example.
<a href="https://tidetable.example/unsubscribe?u=8f14e45f">Unsubscribe</a> &middot;
<a href="https://tidetable.example/web/317">View in browser</a></p>
<img src="https://track.tidetable.example/open.gif?u=8f14e45f&amp;i=317" width="1" height="1" alt="">
</td></tr></table></body></html>
"""

_RECEIPT = """\
<html><body><div style="max-width:560px;margin:auto;font-family:sans-serif">
<img src="cid:logo@livrariasal.example" alt="Livraria Sal" width="96" height="72">
<h2>Obrigado pela sua compra, Maria!</h2>
<p>Encomenda <b>n.º 20418</b>, expedida hoje. Chega em 2 a 3 dias úteis.</p>
<table width="100%" style="border-collapse:collapse">
<thead><tr style="background:#eee"><th align="left">Título</th><th>Qt.</th><th align="right">Preço</th></tr></thead>
<tbody>
<tr><td>O Livro dos Faróis Portugueses</td><td align="center">1</td><td align="right">24,90&nbsp;€</td></tr>
<tr><td>Mensagem <small>(edição de bolso)</small></td><td align="center">2</td><td align="right">11,80&nbsp;€</td></tr>
<tr><td>Caderno pautado, capa azul</td><td align="center">1</td><td align="right">4,50&nbsp;€</td></tr>
<tr><td colspan="2" align="right">Portes</td><td align="right">0,00&nbsp;€</td></tr>
<tr><td colspan="2" align="right"><b>Total (IVA incluído)</b></td><td align="right"><b>41,20&nbsp;€</b></td></tr>
</tbody></table>
<p><a href="https://livrariasal.example/encomendas/20418">Seguir a encomenda</a></p>
<p style="color:#777">Livraria Sal, Rua do Farol 8 &ndash; NIF 500&nbsp;000&nbsp;000</p>
</div></body></html>
"""

_STATEMENT = """\
<html><body><p>Estimada Cliente,</p><p>O seu extrato está disponível. Por segurança, nunca lhe pedimos o
código por e-mail.</p>
<table border="1"><tr><th>Data</th><th>Descrição</th><th>Valor</th></tr>
<tr><td>02</td><td>ORDENADO FAROL LDA</td><td align="right">+2.140,00</td></tr>
<tr><td>05</td><td>RENDA CASA</td><td align="right">-780,00</td></tr>
<tr><td>09</td><td>MERCADO SR AMERICO (PEIXE)</td><td align="right">-38,60</td></tr>
<tr><td>17</td><td>COMBOIOS DO SUL</td><td align="right">-27,35</td></tr></table>
<p>Saldo: <b>1.294,05 EUR</b></p></body></html>
"""

_TICKET = """\
<html><body style="font-family:Arial"><h2>You are going to Alexandria ✈</h2>
<table cellpadding="6"><tr><td><b>Booking</b></td><td>QX7RT2</td></tr>
<tr><td><b>Passenger</b></td><td>SANTOS/MARIA MS</td></tr>
<tr><td><b>Out</b></td><td>[[+21 %a %d %b]], AS&nbsp;418, Porto OPO 12:10 &rarr; Alexandria HBE 18:45</td></tr>
<tr><td><b>Back</b></td><td>[[+25 %a %d %b]], AS&nbsp;419, Alexandria HBE 09:20 &rarr; Porto OPO 14:05</td></tr>
<tr><td><b>Seat</b></td><td>14A (window, of course)</td></tr></table>
<p><a href="https://asa.example/checkin/QX7RT2">Check in online</a> from 24 hours before departure.</p>
<p><small>Carry on responsibly: one bag of 8&nbsp;kg, no harpoons.</small></p></body></html>
"""

_HTML_ONLY = """\
<html><head><style>p{color:red}</style><script>alert("never")</script></head><body onload="evil()">
<center><font size="7" color="#00aa88"><b>🌿 FRESH KELP 🌿</b></font><br>
<a href="https://kelp.example/sale?c=1"><img src="https://cdn.kelp.example/big.png" alt="Everything 20 % off"></a></center>
<p>Everything is <s>at full price</s> <u>20&nbsp;% off</u> until the spring tide.</p>
<p>Visit <a href="https://login.kelp.example.invalid/account">https://kelp.example/account</a> to see your points.</p>
<form action="https://kelp.example/survey"><input name="mail"><button>Tell us more</button></form>
<img src="https://pixel.kelp.example/p.gif?id=42" width="1" height="1">
</body></html>
"""

PAGES = (
    Sample(
        "tidetable-317",
        _TIDETABLE,
        "5h",
        "Three lights relit · a lost whale · the crossword",
        """\
THE TIDE TABLE WEEKLY, No. 317

THREE LIGHTS RELIT
After eleven dark winters, the lights of Cabo Raso, Punta Vieja and Skerry Mòr
burn again. https://tidetable.example/stories/relit

ALSO THIS WEEK
- Why your barometer lies: https://tidetable.example/stories/barometer
- A whale at the wrong end of the estuary

Unsubscribe: https://tidetable.example/unsubscribe?u=8f14e45f
""",
        html=_NEWSLETTER,
        headers=(
            ("List-Unsubscribe", "<https://tidetable.example/unsubscribe?u=8f14e45f>, <mailto:leave@tidetable.example>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("List-Id", "The Tide Table Weekly <weekly.tidetable.example>"),
            ("Precedence", "bulk"),
        ),
        flags="newsletter",
    ),
    Sample(
        "sal-20418",
        _BOOKS,
        "4d 15:31",
        "Recibo da encomenda n.º 20418",
        "Obrigado pela sua compra, Maria!\n\nEncomenda n.º 20418: 41,20 €. Chega em 2 a 3 dias úteis.\n",
        html=_RECEIPT,
        folder="Receipts",
        flags="seen invoices",
        attachments=(
            Attachment("logo.png", "image/png", lighthouse(), content_id="logo@livrariasal.example"),
            Attachment(
                "recibo-20418.pdf",
                "application/pdf",
                pdf(("Livraria Sal", "Recibo 20418", "", "Total (IVA incluído): 41,20 EUR", "Obrigado!")),
            ),
        ),
    ),
    Sample(
        "azul-extrato",
        _BANK,
        "3d 06:00",
        "O seu extrato mensal está disponível",
        "Estimada Cliente,\n\no seu extrato está disponível. Saldo: 1.294,05 EUR\n",
        html=_STATEMENT,
        flags="invoices",
        attachments=(Attachment("extrato.pdf", "application/pdf", pdf(("Banco Azul", "Extrato", "", "Saldo: 1.294,05 EUR"))),),
        headers=(("X-Priority", "1 (Highest)"), ("Importance", "high")),
    ),
    Sample(
        "asa-ticket",
        _AIRLINE,
        "2d 15:05",
        "Your booking QX7RT2: Porto – Alexandria",
        "Booking QX7RT2, passenger SANTOS/MARIA MS.\n\nOut  [[+21 %A %d %B]], AS 418, 12:10.\n"
        "Back [[+25 %A %d %B]], AS 419, 09:20.\n",
        html=_TICKET,
        folder="Travel/Alexandria",
        flags="seen flagged",
    ),
    Sample(
        "kelp-sale",
        _SHOP,
        "22h",
        "🌿 20 % off everything, Maria 🌿",
        "",
        html=_HTML_ONLY,
        headers=(("List-Unsubscribe", _LEAVE_KELP), ("Precedence", "bulk")),
        flags="newsletter",
    ),
    Sample(
        "coast-announce",
        Person("Harbour Office", "office@harbour.example"),
        "1d 08:00",
        "[coast-announce] Notice to mariners 41: fog signal tests",
        """\
NOTICE TO MARINERS No. 41

Fog signals of the following lights will be tested on [[+2 %A]] between 10:00
and 11:30. They do not mean fog.

    Leça            Horn (3) 30 s
    Aguda           Siren 20 s
    Cabo Mondego    Horn 30 s

Owners of dogs are asked to be patient.

Harbour Office
""",
        to=(ANNOUNCE_LIST,),
        folder="Lists/coast-announce",
        through=ANNOUNCE_LIST,
    ),
)
