"""The family plans a dinner, in Portuguese."""

from __future__ import annotations

from accounts.demo.mails.files import lighthouse
from accounts.demo.mails.people import GRACA, JOAO, MARIA, TERESA
from accounts.demo.mails.sample import Attachment, Sample

_US = (MARIA, JOAO, GRACA)

FAMILY = (
    Sample(
        "jantar",
        TERESA,
        "5d 19:30",
        "Jantar de sábado",
        """\
Meus queridos,

no sábado faço caldeirada. Preciso de saber quantos somos até quinta, porque o
peixe não espera por ninguém e o Sr. Américo do mercado também não.

A avó vem com certeza. O João traz o vinho, como prometeu no Natal (não me
esqueci).

Beijinhos da Mãe
""",
        to=_US,
        flags="seen answered family",
    ),
    Sample(
        "jantar-joao",
        JOAO,
        "5d 20:11",
        "Re: Jantar de sábado",
        """\
Eu e a Inês vamos! Levo o vinho **e** as azeitonas.

Posso levar também o cão? Prometo que este ano não sobe para a mesa 🐕

João

Em Teresa Santos escreveu:
> A avó vem com certeza. O João traz o vinho, como prometeu no Natal (não me
> esqueci).
""",
        to=(TERESA,),
        cc=(MARIA, GRACA),
        answers="jantar",
        flags="seen family",
    ),
    Sample(
        "jantar-maria",
        MARIA,
        "5d 21:02",
        "Re: Jantar de sábado",
        """\
Mãe, conta comigo e com o Rui. Chegamos às sete e meia se o comboio deixar.

Levo pão do Sr. Joaquim e a sobremesa: arroz-doce ou pudim?

Beijinhos
Maria
""",
        to=(TERESA,),
        cc=(JOAO, GRACA),
        folder="Sent",
        answers="jantar",
        flags="seen",
    ),
    Sample(
        "jantar-graca",
        GRACA,
        "4d 10:47",
        "Re: Jantar de sábado",
        """\
Daqui da ilha só por correio: este ano não consigo ir, o avião de sexta já não
tem lugares. 😢 Mas mando um queijo de São Jorge pelo primo, que chega no sábado
de manhã. Guardem-me uma fatia de pudim!

Mando também uma fotografia do farol visto da minha janela. Não se queixem do
vosso tempo.

Abraços a todos
Tia Graça
""",
        to=(TERESA,),
        cc=(MARIA, JOAO),
        answers="jantar",
        flags="seen family",
        attachments=(Attachment("farol da janela.png", "image/png", lighthouse()),),
    ),
    Sample(
        "jantar-teresa-2",
        TERESA,
        "3d 08:15",
        "Re: Jantar de sábado",
        """\
PUDIM.

E o cão pode vir, mas come na varanda.

Mãe
""",
        to=(MARIA,),
        cc=(JOAO, GRACA),
        answers="jantar-maria",
        flags="seen family flagged",
    ),
    Sample(
        "jantar-joao-2",
        JOAO,
        "3h",
        "Re: Jantar de sábado",
        """\
Maria, apanhas-nos na estação? O nosso comboio chega às 19:04, linha 3.

Se o 28 estiver outra vez parado, vamos a pé com o cão e as garrafas. Seria
um espectáculo.

J.
""",
        to=(MARIA,),
        answers="jantar-teresa-2",
        flags="family",
    ),
    Sample(
        "parabens",
        GRACA,
        "12d 00:02",
        "🎂🎉 Parabéns!!! 🎈",
        """\
Muitos parabéns, Maria! 🥳🥂

👩‍👩‍👧‍👦 Todos aqui em casa te mandam um abraço do tamanho do Atlântico 🌊💙
A prenda vai pelo correio, ⚠️ NÃO abrir antes de eu telefonar ☎️

Beijinhos 😘😘😘
Tia Graça 🇵🇹
""",
        folder="Archive",
        flags="seen answered family",
    ),
    Sample(
        "receita",
        TERESA,
        "9d 17:20",
        "A receita da avó (a verdadeira)",
        """\
Filha, aqui vai, passada do caderno dela. Não dês à vizinha.

PUDIM DA AVÓ ROSA

  500 g   açúcar
  250 ml  água
  12      gemas
  1       clara
  50 g    toucinho (não se vê, mas sente-se)
  1       casca de limão
  1       pau de canela
  1       cálice de vinho do Porto

1. Ferver a água com o açúcar, o limão, a canela e o toucinho até ponto de fio.
2. Coar e deixar arrefecer. DEIXAR ARREFECER, Maria.
3. Juntar o vinho e as gemas batidas com a clara.
4. Forma caramelizada, banho-maria, 200 °C, três quartos de hora.
5. Desenformar no dia seguinte. Quem tem pressa come gelatina.

Beijinhos
""",
        folder="Archive",
        flags="seen flagged family $Forwarded",
    ),
)
