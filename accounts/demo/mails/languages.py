"""Mail from along the coasts of the world: French, German, Japanese, Chinese, Arabic, Russian, and mixtures."""

from __future__ import annotations

from accounts.demo.mails.files import vcard
from accounts.demo.mails.people import HELENE, JUERGEN, LAYLA, LIN, MARIA, MARIA_WORK, OLGA, YUKI, Person
from accounts.demo.mails.sample import Attachment, Sample

_DIMITRA = Person("Δήμητρα Παππά", "dimitra.pappa@limani.example", 120)

LANGUAGES = (
    Sample(
        "affiche",
        HELENE,
        "2d 16:22",
        "Re : L’affiche du festival – « Phares & balises »",
        """\
Chère Maria,

voici la deuxième épreuve. J’ai agrandi le phare, réduit les mouettes (il y en
avait onze !) et corrigé « œuvre » – merci d’avoir vu la faute…

Il me reste trois questions :
 – le bleu : nuit ou pétrole ?
 – garde-t-on le prix d’entrée, 7,50 €, en bas à droite ?
 – l’imprimeur demande le bon à tirer avant [[+4 %d/%m]] à 18 h.

Bien à toi,
Hélène

--\x20
Hélène Martin · Atelier de la Jetée
12 bis, quai de l’Île · Saint-Malo
""",
        answers="affiche-maria",
        flags="flagged todo",
    ),
    Sample(
        "affiche-maria",
        MARIA,
        "3d 18:40",
        "L’affiche du festival – « Phares & balises »",
        """\
Bonjour Hélène,

la première épreuve est magnifique. Deux petites choses : il y a beaucoup de
mouettes, et « oeuvre » s’écrit avec un œ.

Quand faut-il l’envoyer à l’imprimeur ?

Amitiés
Maria
""",
        to=(HELENE,),
        folder="Sent",
        flags="seen",
    ),
    Sample(
        "werft",
        JUERGEN,
        "8d 07:45",
        "Maße für die Laterne: Größe, Höhe, Übergabe",
        """\
Moin Maria,

die Maße für die nachgebaute Laterne, wie besprochen:

    Höhe über alles      1.840 mm
    Durchmesser Glas       612 mm   (Größe wie im Original, außen gemessen)
    Gewicht                ca. 95 kg ohne Sockel

Die Übergabe müsste spätestens Mitte nächsten Monats sein, weil die Fähre dann
in die Werft geht. Straße und Brücke sind bis 7,5 t frei, das reicht also.

Schöne Grüße von der Küste
Jürgen
""",
        flags="seen answered",
        folder="Archive",
        charset="iso-8859-1",
    ),
    Sample(
        "minato",
        YUKI,
        "1d 03:10",
        "灯台写真展のご案内(横浜・11月)",
        """\
サントス マリア 様

いつもお世話になっております。港資料館の田中です。

来月、横浜で「世界の灯台」写真展を開催いたします。ポルトガルの灯台の写真を
三点ほどお借りできないでしょうか。サイズはA3、300dpi以上でお願いいたします。

  会期:11月12日(火)〜11月24日(日)
  会場:港資料館 2階展示室
  入場:無料 (ABC展示と共通)

お返事をお待ちしております。
よろしくお願いいたします。

田中 由紀
港資料館 学芸課
""",
        charset="iso-2022-jp",
        flags="$label4",
    ),
    Sample(
        "gangkou",
        LIN,
        "7d 10:05",
        "关于灯塔航标数据的确认:宁波—舟山航道",
        """\
玛丽亚,你好!

附件里没有新数据,请以下表为准。昨天发的表格里,东经和北纬写反了,非常抱歉。

  灯塔          北纬          东经           灯质          射程
  白节山        30°36.6′      122°24.4′      闪白 10秒      24海里
  花鸟山        30°51.6′      122°40.2′      闪白 15秒      24海里
  下三星        30°26.4′      122°32.0′      闪白 6秒       15海里

如果格式有问题,请随时告诉我。祝工作顺利!

林伟
""",
        flags="seen",
        folder="Archive",
        charset="gb18030",
    ),
    Sample(
        "mina",
        LAYLA,
        "2d 12:30",
        "دعوة إلى ندوة «منارات المتوسط» في الإسكندرية",
        """\
عزيزتي ماريا،

يسعدنا دعوتك إلى ندوة «منارات المتوسط» التي تقام في الإسكندرية الشهر القادم.
نأمل أن تقدمي محاضرة مدتها 30 دقيقة عن برنامج Farol 3.0 ومشروع المد والجزر.

تفاصيل الرحلة: الرحلة رقم TP 1234، الوصول الساعة 18:45.
الفندق: شارع البحر، رقم 17.

مع أطيب التحيات،
ليلى حداد
""",
        flags="",
    ),
    Sample(
        "gavan",
        OLGA,
        "14d 13:33",
        "Фотографии маяка на мысе Толстый",
        """\
Здравствуйте, Мария!

Спасибо за открытку с маяком! Она висит у нас в библиотеке, прямо над картой
Балтийского моря. Дети спрашивают, почему маяк полосатый, - что им отвечать?

Высылаю визитную карточку нашего музея. Приезжайте летом: белые ночи и блины
гарантированы.

С уважением,
Ольга Иванова
""",
        folder="Archive",
        flags="seen answered",
        charset="koi8-r",
        attachments=(
            Attachment(
                "музей.vcf",
                "text/vcard",
                vcard("Ольга Иванова", "Иванова", "Ольга", OLGA.address, "+7 555 0100", "Музей маяков"),
            ),
        ),
    ),
    Sample(
        "limani",
        _DIMITRA,
        "10d 09:00",
        "Ο φάρος της Ανδρομέδας — Grüße, saludos, 挨拶, שלום",
        """\
Γεια σου Μαρία,

στέλνω χαιρετισμούς από όλους στο συνέδριο. Καθένας έγραψε μια γραμμή:

  Ελληνικά    Καλημέρα από την Άνδρο!
  Türkçe      İyi rüzgârlar, görüşmek üzere!
  Polski      Zażółć gęślą jaźń. (Tak piszemy wszystkie ogonki.)
  Tiếng Việt  Chúc chị thượng lộ bình an!
  עברית       שלום מחיפה, להתראות בשנה הבאה
  हिन्दी        नमस्ते, फिर मिलेंगे
  ไทย         สวัสดีค่ะ แล้วพบกันใหม่
  한국어       부산에서 인사드립니다
  Íslenska    Þetta reddast!
  Español     ¡Buena mar, y hasta pronto, niña!

Δήμητρα
""",
        flags="seen",
        folder="Archive",
        to=(MARIA_WORK,),
    ),
)
