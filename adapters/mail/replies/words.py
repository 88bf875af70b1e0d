"""The words by which mail programs set a reply apart from its history, in many languages."""

# ruff: noqa: RUF001 - the alphabets of the world look alike

from __future__ import annotations

# `… wrote:`. Each stands at the end of the line, or before the name of who wrote.
WROTE = (
    "wrote", "schrieb", "schrieben sie", "geschrieben", "a écrit",
    "escribió", "escribio", "ha scritto", "scrisse", "escreveu", "schreef",
    "het volgende geschreven", "geschreven", "skrev", "skrev følgende", "kirjoitti", "napisał",
    "napisał(a)", "napisała", "napsal", "napsal(a)", "napísal", "napísal(a)", "írta", "a scris",
    "scris", "yazdı", "şunu yazdı", "έγραψε", "написал", "написал(а)", "написала", "пишет",
    "писали", "пише", "написав", "написа", "je napisao", "je napisala", "napisao je", "je napisal",
    "rašė", "rakstīja", "kirjutas", "skrifaði", "menulis", "đã viết", "viết", "เขียนว่า", "写道",
    "寫道", "寫了", "のメール", "は書きました", "さんが書きました", "작성", "작성함", "כתב", "כתבה",
    "כתב/ה", "كتب", "كتبت", "va escriure", "idatzi zuen", "escribiu", "het geskryf", "parašė",
    "je napisao/la", "je napisao/napisala", "је написао", "је написала", "isinulat ni", "aliandika",
    "ने लिखा", "লিখেছেন", "نوشت", "نوشته است", "გამოგზავნა", "գրել է", "жазды", "napisa",
    "hat geschrieben", "schrieb am", "skreiv", "on kirjoittanut", "a scritto", "a escrit",
)  # fmt: skip

# The same, in words that also announce other things than a mail.
SAID = ("writes", "said", "says", "nous a dit", "pisze")

# Others say at the beginning that a quotation follows: `Quoting Ann <ann@…>:`.
QUOTING = (
    "quoting ", "zitat von ", "citando ", "citát ", "citat från ", "citaat van ", "citation de ",
    "cytat z ", "citat fra ", "цитирование ",
)  # fmt: skip

# A line that starts like this may open an attribution that goes on in the next lines.
OPENINGS = (
    "on ", "at ", "am ", "le ", "el ", "il ", "em ", "op ", "den ", "der ", "dne ", "dňa ",
    "dnia ", "w dniu ", "na ", "în ", "pe ", "în data ", "в ", "vào ", "pada ", "tarihinde ",
    "στις ", "na dan ", "dana ", "a ", "ב-", "في ", "在", "于", "於", "in message ", "från ",
    "mon,", "tue,", "wed,", "thu,", "fri,", "sat,", "sun,", "mo.,", "di.,", "mi.,", "do.,", "fr.,",
    "sa.,", "so.,", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.", "el dia ", "no dia ",
    "vị ", "trong ", "dne", "dana ", "dato ", "kuupäeval ", "datums ", "il giorno ", "în ziua ",
)  # fmt: skip

# The fields of the header block that Outlook and others put above the quoted mail.
FIELDS = {
    "from": (
        "from", "von", "de", "da", "van", "fra", "från", "lähettäjä", "od", "feladó", "kimden",
        "gönderen", "από", "от", "от кого", "від", "expéditeur", "remitente", "mittente", "差出人",
        "发件人", "寄件者", "寄件人", "보낸 사람", "보낸사람", "מאת", "من", "từ", "reply-to",
        "de la", "šalje", "nuo", "saatja", "از", "จาก", "dari", "daripada", "प्रेषक", "afsender",
        "avsender", "avsändare", "frá", "nga", "보낸이",
    ),
    "sent": (
        "sent", "date", "gesendet", "datum", "envoyé", "le", "enviado", "enviado el", "enviada em",
        "enviada", "fecha", "data", "inviato", "verzonden", "sendt", "dato", "skickat", "lähetetty",
        "päiväys", "päivämäärä", "wysłano", "data wysłania", "odesláno", "elküldve", "dátum",
        "gönderildi", "tarih", "gönderilme tarihi", "ημερομηνία", "отправлено", "дата",
        "надіслано", "trimis", "送信日時", "日時", "发送时间", "日期", "傳送時間", "寄件日期",
        "날짜", "보낸 날짜", "נשלח", "תאריך", "تاريخ", "đã gửi", "ngày", "envoyé le", "inviato il",
        "στάλθηκε", "odoslané", "poslano", "poslato", "изпратено", "išsiųsta", "nosūtīts",
        "saadetud", "ارسال", "تم الإرسال", "ส่ง", "dikirim", "tanggal", "dihantar", "enviat",
        "दिनांक", "ngày gửi",
        "skickades", "sent at", "date sent", "message du", "data i godzina",
        "sendetidspunkt", "cuándo",
    ),
    "to": (
        "to", "an", "à", "a", "para", "aan", "til", "till", "vastaanottaja", "do", "komu",
        "címzett", "kime", "alıcı", "προς", "кому", "către", "destinataire", "destinatario",
        "宛先", "收件人", "收件者", "받는 사람", "받는사람", "אל", "إلى", "đến", "prima", "za",
        "до", "kam", "adressaat", "به", "ถึง", "kepada", "per a", "प्रति", "mottaker", "modtager",
        "mottagare", "받는이",
    ),
    "subject": (
        "subject", "betreff", "objet", "asunto", "assunto", "oggetto", "onderwerp", "emne", "ämne",
        "aihe", "temat", "předmět", "predmet", "tárgy", "konu", "θέμα", "тема", "subiect", "件名",
        "主题", "主旨", "主題", "제목", "נושא", "الموضوع", "chủ đề", "zadeva", "относно", "teema",
        "temats", "موضوع", "เรื่อง", "perihal", "subjek", "assumpte", "विषय", "efni", "sujet",
    ),
    "more": ("cc", "kopie", "copie", "copia", "kopia", "bcc", "importance", "attachments"),
}  # fmt: skip

# Between dashes: `-----Original Message-----`.
ORIGINAL = (
    "original message", "originalmessage", "reply message", "original appointment",
    "ursprüngliche nachricht", "originalnachricht", "original-nachricht", "message d'origine",
    "message d’origine", "message original", "mensaje original", "mensagem original",
    "messaggio originale", "oorspronkelijk bericht", "oprindelig meddelelse", "oprindelig besked",
    "opprinnelig melding", "ursprungligt meddelande", "originalmeddelande", "alkuperäinen viesti",
    "wiadomość oryginalna", "oryginalna wiadomość", "původní zpráva", "eredeti üzenet",
    "mesaj original", "özgün ileti", "orijinal mesaj", "исходное сообщение", "αρχικό μήνυμα",
    "元のメッセージ", "原始邮件", "原始郵件", "원본 메시지", "הודעה מקורית", "الرسالة الأصلية",
    "pôvodná správa", "izvorna poruka", "izvirno sporočilo", "оригинално съобщение",
    "вихідне повідомлення", "pranešimas", "sākotnējais ziņojums", "algne kiri", "missatge original",
    "پیام اصلی", "ข้อความต้นฉบับ", "pesan asli", "mesej asal", "thư gốc", "original mail",
    "original email", "původní e-mail", "pôvodný e-mail", "antwort auf", "opprinnelig beskjed",
    "ursprünglicher text", "원본 메일",
)  # fmt: skip

# The same of a forwarded mail, which is content: `---------- Forwarded message ---------`.
FORWARDED = (
    "forwarded message", "begin forwarded message:", "weitergeleitete nachricht",
    "anfang der weitergeleiteten nachricht:", "message transféré", "message réexpédié",
    "début du message réexpédié :", "début du message transféré :", "mensaje reenviado",
    "mensagem encaminhada", "messaggio inoltrato", "inizio messaggio inoltrato:",
    "doorgestuurd bericht", "begin doorgestuurd bericht:", "videresendt besked",
    "videresendt melding", "vidarebefordrat meddelande", "välitetty viesti",
    "przekazana wiadomość", "přeposlaná zpráva", "továbbított üzenet", "mesaj redirecționat",
    "yönlendirilen ileti", "пересланное сообщение", "пересылаемое сообщение",
    "переслане повідомлення", "προωθημένο μήνυμα", "転送されたメッセージ", "转发的邮件",
    "轉寄的郵件", "전달된 메시지",
)  # fmt: skip

# What excuses such a line for going on behind a comma; else it is somebody's own words.
EXCUSES = ("excuse", "typo", "brev", "tippfehler", "kürze", "sorry", "pardon", "erreur", "erro")

# The first words of what lawyers have put under every mail.
DISCLAIMERS = (
    "disclaimer", "confidentiality notice", "confidentiality:", "legal notice", "privileged and",
    "this email and any attachments", "this e-mail and any attachments", "this e-mail message",
    "this email message is", "this message is intended", "this message contains confidential",
    "this email is confidential", "this e-mail is confidential", "this email is intended",
    "this e-mail is intended", "the information contained in this", "the content of this email",
    "the contents of this email", "this communication is", "this transmission",
    "haftungsausschluss",
    "diese e-mail enthält vertrauliche", "diese nachricht enthält vertrauliche", "vertraulichkeits",
    "ce message et toutes les pièces", "ce courriel et", "ce message est confidentiel",
    "este mensaje y", "este correo electrónico", "aviso legal", "aviso de confidencial",
    "esta mensagem", "questo messaggio", "le informazioni contenute", "avviso di riservatezza",
    "dit bericht is", "de informatie in dit", "denne e-post", "denne mail", "detta meddelande",
    "tämä viesti", "ta wiadomość", "niniejsza wiadomość", "настоящее сообщение",
)  # fmt: skip

# Said of the line above which a reply is to be written.
ABOVE_THIS_LINE = (
    "reply above this line", "type your reply above this line", "write above this line",
    "write your reply above this line", "oberhalb dieser linie", "au-dessus de cette ligne",
    "por encima de esta línea", "acima desta linha", "sopra questa riga", "boven deze regel",
)  # fmt: skip

# A mail program, and where to get it: such a line is an advertisement in any language.
PROGRAMS = (("outlook", "//aka.ms/"), ("yahoo", "//mail.onelink.me/"))

# What telephones and mail programs put under a mail.
SENT_FROM = (
    "sent from ", "sent via ", "sent with ", "sent on the go", "sent by galaxy", "get outlook for ",
    "get [outlook", "from my iphone", "envoyé de mon ", "envoyé depuis ", "envoyé à partir ",
    "von meinem ", "gesendet von ",
    "gesendet mit ", "diese nachricht wurde von meinem ", "enviado desde ", "enviado do meu ",
    "enviado a partir d", "enviado por samsung", "inviato da", "verzonden vanaf ", "verzonden met ",
    "verstuurd vanaf ", "sendt fra ", "skickat från ", "från min ", "lähetetty ", "wysłane z ",
    "odesláno z ", "отправлено с ", "отправлено из ", "надіслано з ", "trimis de pe ",
    "iphone'umdan gönderildi", "發自我的", "发自我的", "從我的", "从我的", "iphoneから送信",
    "나의 iphone에서 보냄", "נשלח מה", "outlook for ios", "outlook für ios", "odoslané z ",
    "poslano s ", "poslano z ", "enviat des ", "dikirim dari ", "được gửi từ ", "στάλθηκε από ",
    "изпратено от ", "išsiųsta iš ", "nosūtīts no ", "saadetud minu ", "sent using ", "sent by ",
    "أُرسلت من ", "verzonden vanuit ", "az iphone-omról", "obter o outlook", "enviado do ",
    "enviado de ", "téléchargez outlook", "obtenir outlook", "outlook voor ", "hol dir outlook",
    "obtener outlook", "مُرسل من ", "مرسل من ", "von meinem/meiner ",
)  # fmt: skip
