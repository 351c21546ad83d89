"""What mail programs and servers call the special folders, in many languages; for servers without SPECIAL-USE."""

from __future__ import annotations

_ROLES = {
    "drafts": "Drafts|Draft|Rascunhos|Borradores|Entwürfe|Brouillons|Bozze|Concepten|Utkast|Kladder|Luonnokset"
    "|Черновики|Чернетки|Koncepty|Szkice|Kopie robocze|Piszkozatok|Ciorne|Чернови|Skice|Osnutki"
    "|Nacrti|Taslaklar|草稿|草稿箱|草稿匣|下書き|임시보관함|Πρόχειρα|Esborranys|Zirriborroak|المسودات"
    "|טיוטות|Bản nháp|Draf|Drög|Melnraksti|Juodraščiai|Mustandid",
    "sent": "Sent|Sent Items|Sent Mail|Sent Messages|Sent-mail|Enviados|Enviadas|Itens Enviados"
    "|Mensagens enviadas|Elementos enviados|Correo enviado|Gesendet|Gesendete Objekte"
    "|Gesendete Elemente|Gesendete Nachrichten|Envoyés|Messages envoyés|Éléments envoyés"
    "|Courrier envoyé|Inviata|Inviati|Posta inviata|Elementi inviati|Verzonden|Verzonden items"
    "|Verzonden berichten|Skickat|Skickade objekt|Sendte elementer|Sendt|Sendt post|Lähetetyt"
    "|Отправленные|Отправленные элементы|Надіслані|Odeslané|Odeslaná pošta|Odoslané|Wysłane"
    "|Elementy wysłane|Elküldött|Elküldött elemek|Trimise|Изпратени|Poslano|Gönderilmiş Öğeler"
    "|Gönderilenler|已发送|已发送邮件|已發送|寄件備份|送信済み|送信済みメール|送信済みアイテム"
    "|보낸편지함|보낸 편지함|Απεσταλμένα|Enviats|Bidalitakoak|البريد المرسل|נשלחו|Đã gửi|Terkirim"
    "|Nosūtītie|Išsiųsti|Saadetud",
    "trash": "Trash|Deleted|Deleted Items|Deleted Messages|Bin|Lixo|Lixeira|Itens Excluídos|Itens eliminados"
    "|Eliminados|Papelera|Elementos eliminados|Papierkorb|Gelöscht|Gelöschte Objekte"
    "|Gelöschte Elemente|Corbeille|Éléments supprimés|Messages supprimés|Cestino|Posta eliminata"
    "|Elementi eliminati|Prullenbak|Verwijderde items|Verwijderd|Papperskorg|Papperskorgen|Borttaget"
    "|Borttagna objekt|Søppel|Papirkurv|Slettet post|Slettede elementer|Roskakori|Poistetut|Корзина"
    "|Удаленные|Удалённые|Кошик|Видалені|Koš|Odstraněná pošta|Kôš|Kosz|Elementy usunięte|Lomtár|Kuka"
    "|Törölt elemek|Coș de gunoi|Gunoi|Кошче|Изтрити|Smetnjak|Smeće|Otpad|Çöp|Çöp Kutusu"
    "|Silinmiş Öğeler|废纸篓|已删除|已删除邮件|垃圾桶|刪除的郵件|ゴミ箱|削除済みアイテム|휴지통"
    "|지운 편지함|Κάδος|Διαγραμμένα|Paperera|Zakarrontzia|المهملات|אשפה|פריטים שנמחקו|Thùng rác"
    "|Sampah|Miskaste|Šiukšlinė|Prügikast",
    "junk": "Junk|Junk Mail|Junk E-mail|Junk Email|Spam|Bulk|Bulk Mail|Lixo eletrônico|Lixo electrónico"
    "|Correio não solicitado|Correo no deseado|Correo electrónico no deseado|Unerwünscht"
    "|Unerwünschte Werbung|Junk-E-Mail|Spamverdacht|Indésirables|Courrier indésirable|Pourriel"
    "|Posta indesiderata|Indesiderata|Ongewenst|Ongewenste e-mail|Skräppost|Uønsket|Uønsket e-post"
    "|Uønsket mail|Roskaposti|Спам|Нежелательная почта|Небажана пошта|Nevyžádaná pošta"
    "|Nevyžiadaná pošta|Wiadomości-śmieci|Niechciane|Levélszemét|Neželena pošta|Neželjena pošta"
    "|Gereksiz|Gereksiz E-posta|İstenmeyen|垃圾邮件|垃圾郵件|迷惑メール|스팸|스팸메일함|정크 메일"
    "|Ανεπιθύμητα|Correu brossa|Zabor-posta|البريد غير المرغوب|דואר זבל|Thư rác|Mēstules|Brukalas"
    "|Rämpspost",
    "archive": "Archive|Archives|Arquivo|Arquivos|Archivo|Archivos|Archiv|Archivio|Archief|Arkiv|Arkisto|Архив"
    "|Архів|Archív|Archiwum|Archívum|Arhivă|Arhiva|Arhiv|Arşiv|归档|存档|封存|アーカイブ|보관함"
    "|Αρχείο|Αρχειοθήκη|Arxiu|Artxiboa|الأرشيف|ארכיון|Lưu trữ|Arsip|Arhīvs|Archyvas|Arhiiv",
    "snoozed": "Snoozed",
    "templates": "Templates|Modelos|Plantillas|Vorlagen|Modèles|Modelli|Sjablonen|Mallar|Maler|Skabeloner|Шаблоны",
}  # fmt: skip


NAMES: dict[str, tuple[int, str]] = {}
"""Case-folded name → (rank, role): of two names of a role the one with the lower rank is the more usual."""

for _role, _names in _ROLES.items():
    for _rank, _name in enumerate(_names.split("|")):
        NAMES.setdefault(_name.casefold(), (_rank, _role))
