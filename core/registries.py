"""Where names are registered below a country's ending or a host's: example.co.uk belongs to somebody, co.uk to nobody.

A list made by hand of what mail comes from, not of every registry on earth: below other countries the usual second levels count
(`_USUAL`). What registrars and hosts let anybody have a name under is looked up here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

_USUAL = frozenset((
    "ac", "asso", "co", "com", "edu", "gob", "gouv", "gov", "go", "id", "ltd", "me", "mil", "ne", "net", "nhs", "nom", "or",
    "org", "plc", "sch",
))  # fmt: skip
_COUNTRIES = """
ae: ac co gov mil net org sch
ar: com edu gob gov int mil net org tur
at: ac co gv or
au: asn com conf edu gov id net org oz
bd: *
br: adm adv agr am app arq art ato b bio blog bmd cim cng cnt com coop cri def dev ecn eco edu emp eng esp etc eti far flog fm
  fnd fot fst g12 ggf gov imb ind inf jor jus leg lel log mat med mil mp mus net nom not ntr odo ong org ppg pro psc psi qsl
  radio rec seg slg srv taxi tc teo tmp trd tur tv vet vlog wiki zlg
ca: ab bc gc mb nb nf nl ns nt nu on pe qc sk yk
ck: *
cn: ac com edu gov mil net org
co: com edu gov mil net nom org
cr: ac co ed fi go or sa
cy: ac biz com ekloges gov ltd mil net org press pro tm
de:
dk: co
do: art com edu gob gov mil net org sld web
ec: com edu fin gob gov info k12 med mil net org pro
eg: com edu eun gov mil name net org sci
er: *
es: com edu gob nom org
fi:
fk: *
fr: aeroport asso avocat cci com gouv nom notaires presse prd tm veterinaire
gh: com edu gov mil org
gr: com edu gov net org
gt: com edu gob ind mil net org
hk: com edu gov idv net org
hr: com from iz name
hu: 2000 agrar bolt casino city co erotica film forum games hotel info ingatlan jogasz konyvelo lakas media news org priv
  reklam sex shop sport suli szex tm tozsde utazas video
id: ac biz co desa go mil my net or ponpes sch web
ie: gov
il: ac co gov idf k12 muni net org
in: ac co edu firm gen gov ind mil net nic org res
ir: ac co gov id net org sch
is:
it: edu gov
jm: *
jp: ac ad co ed go gr lg ne or
ke: ac co go info me mobi ne or sc
kh: *
kr: ac co es go hs kg mil ms ne or pe re sc
kw: com edu emb gov ind net org
lb: com edu gov net org
lk: ac assn com edu gov grp hotel int ltd net ngo org sch soc web
lv: asn com conf edu gov id mil net org
ma: ac co gov net org press
mm: *
mt: com edu net org
mx: com edu gob net org
my: biz com edu gov mil name net org
ng: com edu gov i mil mobi name net org sch
nl: co
no: co dep fhs folkebibl fylkesbibl gs herad idrett kommune mil museum priv stat uenorge vgs
np: *
nz: ac co cri geek gen govt health iwi kiwi maori mil net org parliament school
om: co com edu gov med museum net org pro
pa: abo ac com edu gob ing med net nom org sld
pe: com edu gob mil net nom org
pg: *
ph: com edu gov i mil net ngo org
pk: biz com edu fam gob gok gon gop gos gov info net org web
pl: agro aid atm auto biz com edu gmina gov gsm info mail media miasta mil net nieruchomosci nom org pc powiat priv realestate
  rel sex shop sklep sos szkola targi tm tourism travel turystyka
pt: com edu gov int net nome org publ
py: com coop edu gov mil net org
qa: com edu gov mil name net org sch
ro: arts com firm info nom nt org rec store tm www
rs: ac co edu gov in org
ru: ac edu gov int mil
sa: com edu gov med net org pub sch
se: ac bd brand c d e f fh fhsk fhv g h i k komforb kommunalforbund komvux l lanbib m n naturbruksgymn o org p parti pp press
  r s t tm u w x y z
sg: com edu gov net org per
sv: com edu gob org red
th: ac co go in mi net or
tn: com ens fin gov ind info intl mincom nat net org perso tourism
tr: av bbs bel biz com dr edu gen gov info k12 kep mil name net org pol tel tsk tv web
tw: club com ebiz edu game gov idv mil net org
tz: ac co go hotel info me mil mobi ne or sc tv
ua: com edu gov in net org cherkassy cherkasy chernigov chernihiv chernivtsi dnepropetrovsk dnipropetrovsk donetsk
  ivano-frankivsk kharkiv kharkov kherson khmelnitskiy kiev kirovograd kr krym kyiv lg lviv mykolaiv nikolaev odesa odessa pl
  poltava rivne rovno rv sebastopol sevastopol sumy te ternopil uz uzhgorod vinnica vinnytsia volyn yalta zaporizhzhe zhitomir
  zhytomyr zp zt
ug: ac co com go ne or org sc
uk: ac co gov ltd me net nhs org plc police sch
uy: com edu gub mil net org
uz: co com net org
ve: arts bib co com e12 edu firm gob gov info int mil net nom org rar rec store tec web
vn: ac biz com edu gov health info int name net org pro
za: ac agric alt co edu gov grondar law mil net ngo nic nis nom org school tm web
zm: ac biz co com edu gov info mil net org sch
zw: ac co gov mil org
"""
_HOSTS = """
altervista.org appspot.com azurestaticapps.net azurewebsites.net blogspot.com br.com cloudapp.net cloudfront.net cn.com co.com
co.nl codeberg.page com.de de.com duckdns.org dyndns.org eu.com eu.org firebaseapp.com fly.dev freedesktop.org gb.net
github.io githubusercontent.com gitlab.io glitch.me gr.com herokuapp.com hopto.org in.net jp.net jpn.com myfritz.net
myshopify.com neocities.org netlify.app ngrok.io no-ip.org onmicrosoft.com onrender.com pages.dev readthedocs.io ru.com sa.com
se.net sourceforge.io square.site surge.sh trycloudflare.com uk.com uk.net us.com us.org vercel.app web.app webflow.io
weebly.com wixsite.com workers.dev za.com
"""
_PREFECTURES = """
aichi akita aomori chiba ehime fukui fukuoka fukushima gifu gunma hiroshima hokkaido hyogo ibaraki ishikawa iwate kagawa
kagoshima kanagawa kochi kumamoto kyoto mie miyagi miyazaki nagano nagasaki nara niigata oita okayama okinawa osaka saga
saitama shiga shimane shizuoka tochigi tokushima tokyo tottori toyama wakayama yamagata yamaguchi yamanashi
"""
_SCHOOLS = frozenset(("cc", "k12", "lib", "tec"))


def registry_labels(labels: Sequence[str]) -> int:
    """Of how many labels (lower case) the ending is below which anybody can have a name: 1 for org, 2 for co.uk."""
    if len(labels) < 2:
        return 1
    top, second = labels[-1], labels[-2]
    if f"{second}.{top}" in _words(_HOSTS):
        return 2
    if top == "jp" and second in _words(_PREFECTURES):
        return 3
    if top == "us" and len(second) == 2:
        return 3 if len(labels) > 2 and labels[-3] in _SCHOOLS else 2
    known = _by_country().get(top)
    if known is None:
        return 2 if len(top) == 2 and second in _USUAL else 1
    return 2 if "*" in known or second in known else 1


@cache
def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@cache
def _by_country() -> dict[str, frozenset[str]]:
    """Second levels of each country that is listed; `*`: all of them."""
    found: dict[str, set[str]] = {}
    country = ""
    for word in _COUNTRIES.split():
        if word.endswith(":"):
            country = word[:-1]
            found[country] = set()
        else:
            found[country].add(word)
    return {name: frozenset(words) for name, words in found.items()}
