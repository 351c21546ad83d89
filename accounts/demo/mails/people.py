"""The people of the demo. Every domain is reserved by RFC 2606 and leads nowhere."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who writes: name, address, and the minutes their clock is ahead of UTC."""

    name: str
    address: str
    zone: int = 0

    @property
    def domain(self) -> str:
        """The part after the @."""
        return self.address.rpartition("@")[2]


MARIA = Person("Maria Santos", "maria@correio.example")
MARIA_WORK = Person("Maria Santos", "maria.santos@work.example")
OWN_ADDRESSES = (MARIA.address, MARIA_WORK.address)
"""One mailbox, two identities."""

KELP_DOOR = Person("Kelp & Co.", "leave@kelp.example")
TIDETABLE_DOOR = Person("The Tide Table Weekly", "leave@tidetable.example")
"""Who answers those that leave a newsletter."""

ANA = Person("Ana Sousa", "ana.sousa@farol.example")
SAM = Person("Sam Okafor", "sam.okafor@farol.example", 60)
JUERGEN = Person("Jürgen Groß", "juergen.gross@werft.example", 60)
PRIYA = Person("Priya Raman", "priya@raman.example", 330)
TERESA = Person("Teresa Santos", "teresa.santos@familia.example")
JOAO = Person("João Nunes", "joao.nunes@familia.example")
GRACA = Person("Graça Santos", "graca.santos@familia.example", -60)
HELENE = Person("Hélène Martin", "helene.martin@atelier.example", 60)
YUKI = Person("田中 由紀", "yuki.tanaka@minato.example", 540)
LIN = Person("林伟", "lin.wei@gangkou.example", 480)
LAYLA = Person("ليلى حداد", "layla.haddad@mina.example", 120)
OLGA = Person("Ольга Иванова", "olga.ivanova@gavan.example", 180)
NORA = Person("Nora Lindqvist", "nora.lindqvist@work.example", 60)
CHIDI = Person("Chidi Eze", "chidi.eze@work.example", 60)
CI = Person("Farol CI", "ci@build.example")

FAROL_LIST = Person("farol-devel", "farol-devel@lists.example")
ANNOUNCE_LIST = Person("coast-announce", "coast-announce@lists.example")
