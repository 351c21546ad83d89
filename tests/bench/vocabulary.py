"""Words, names and sentences for generated mail: made up from syllables, used as often as real words are (Zipf)."""

# ruff: noqa: SIM905 (a column of words reads better than a list of strings)

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import accumulate

COMMON = tuple(
    "the of and to in a is that for it was on are as with be at this have from or by not but what all were when we "
    "can there an your which their said if do will each about how up out them then she many some so these would other "
    "into has more her two like him see time could no make than first been its who now people my made over did down "
    "only way find use may water long little very after words called just where most know get through back much go "
    "good new write our me man too any day same right look think also around another came come work three must "
    "because does part even place well such here take why help put different away again off went old number great "
    "tell men say small every found still between name should home big give air line set own under read last never "
    "us left end along while might next below saw something thought both few those always show large often together "
    "asked house world going want school important until form food keep children feet land side without boy once "
    "release review meeting invoice contract report budget server patch branch commit build deploy test issue thread "
    "ticket customer order delivery agenda minutes schedule deadline project proposal draft version update question "
    "answer thanks regards hello morning please attached document figures quarter office team travel hotel flight".split()
)
ELSEWHERE = tuple(
    "não você reunião amanhã obrigado jantar sábado fatura então coração também até já será informação "
    "für nächste Woche Grüße über können schön Straße Rechnung größer müssen später "
    "été déjà problème réunion prochaine très façon élève œuvre garçon "
    "mañana señor años también corazón día więcej proszę dziękuję łódź żółty środa "
    "会議 資料 添付 確認 お願い 予定 明日 報告 质量 会议 附件 谢谢 Привет спасибо завтра встреча документ "
    "καλημέρα ευχαριστώ αύριο".split()
)
FIRST = tuple(
    "Ana João Inês Tomás Rita Pedro Marta Nuno Sofia Luís Emma Liam Noah Olivia Mia Lucas Hugo Chloé Zoë Björn Åsa "
    "Søren Jürgen Käthe François Łukasz Zofia Dmitri Olga Yuki Haruto 美咲 健太 Wei Li Aisha Omar Priya Arjun Siobhán "
    "Niamh Rhys Giulia Marco Elena Iván Lucía Kofi Ama Thandi".split()
)
LAST = tuple(
    "Sousa Nunes Ferreira Almeida Costa Pereira Silva Santos Smith Jones Taylor Brown Müller Schäfer Weiß Dubois "
    "Lefèvre Moreau Rossi Bianchi García Fernández Nowak Wiśniewski Jensen Ødegård Lindström Virtanen Ivanov Petrova "
    "Tanaka 佐藤 鈴木 Wang Chen Nguyễn Khan Sharma Patel Okafor Mensah O'Neill MacDonald van_den_Berg".split()
)
_ONSETS = tuple("b bl br c ch cl cr d dr f fl fr g gl gr h j k l m n p pl pr qu r s sc sh sk sl sp st t th tr v w".split())
_NUCLEI = tuple("a e i o u ai ea ee ie oa oo ou".split())
_CODAS = ("", "", "", "n", "r", "s", "t", "l", "m", "nd", "st", "ck", "ng", "rt", "ble", "tion", "ment", "er", "ing", "ed")


class Vocabulary:
    """Some 30,000 words and a store of sentences made from them, the same for the same seed."""

    def __init__(self, seed: int, sentences: int = 20_000) -> None:
        rng = random.Random(seed)
        self._rng = rng
        self.words = self._coin(30_000)
        weights = list(accumulate(1 / (rank + 2.7) for rank in range(len(self.words))))
        picked = iter(rng.choices(self.words, cum_weights=weights, k=sentences * 14))
        written = [self._sentence(picked) for _ in range(sentences)]
        self.sentences = [sentence.encode() for sentence in written]
        """In UTF-8."""
        self._openings = [sentence.rstrip(".?!").split(" ") for sentence in written[:2_000]]

    def subject(self, rng: random.Random) -> str:
        """Two to seven words in the manner of a subject."""
        return " ".join(self._openings[int(rng.random() * len(self._openings))][: 2 + int(rng.random() * 6)])

    def _coin(self, count: int) -> list[str]:
        rng = self._rng
        words = dict.fromkeys(COMMON)
        while len(words) < count:
            syllables = rng.choice((1, 1, 2, 2, 2, 3, 3))
            word = "".join(rng.choice(_ONSETS) + rng.choice(_NUCLEI) for _ in range(syllables)) + rng.choice(_CODAS)
            words[word] = None
        made = list(words)
        for number, word in enumerate(ELSEWHERE):
            made.insert(150 + number * 7, word)
        return made

    def _sentence(self, picked: Iterator[str]) -> str:
        words = [next(picked) for _ in range(self._rng.randint(3, 11))]
        text = " ".join(words)
        return text[0].upper() + text[1:] + self._rng.choices(".?!", (12, 2, 1))[0]
