# Informační list v češtině.
# Pro člověka, který je unavený a možná čte s obtížemi: krátké věty, vlídně, bez právnického jazyka. Vykání, bez rodu v minulém čase.
# $office, $recipient a $code jsou jména zvenčí: věta musí znít dobře bez skloňování.

page-name = Informační list
title = Kdo a co o Vás smí vědět

fact-office = Od: { $office }
fact-code = Váš kód: { $code }
fact-printed = Vytištěno { $date }

date =
    { $day }. { $month ->
        [1] ledna
        [2] února
        [3] března
        [4] dubna
        [5] května
        [6] června
        [7] července
        [8] srpna
        [9] září
        [10] října
        [11] listopadu
       *[12] prosince
    } { $year }

introduction-heading = Co je to za list
introduction-what = Tento list je pro Vás. Ukazuje, kdo o Vás smí něco vědět, co přesně, k čemu a do kdy.
introduction-yours = To, co nám řeknete, patří Vám. Vy rozhodujete, kdo to dostane. Jen když je někdo v nebezpečí, smíme něco předat, aniž bychom se Vás předem zeptali. Pokud se to stalo, najdete to na tomto listu.
introduction-today = List ukazuje, jak to bylo { $date }. Když se něco změní, řekněte si nám o nový.
introduction-ask = Není Vám něco jasné? Zeptejte se nás. Rádi Vám to vysvětlíme nebo přečteme.
introduction-erased = Všechno, co jsme si o Vás zapsali, jsme smazali { $date }. Zůstalo jen to, kdo a kdy se něco dozvěděl.

shares-heading = Kdo teď smí něco vědět
shares-none = V tuto chvíli o Vás nikdo mimo naši kancelář nic nedostává.
shares-none-emergency = V tuto chvíli nemá Váš souhlas nikdo mimo naši kancelář. V naléhavé situaci jsme ale něco předali a stále to tam mají. Najdete to níže.
shares-count =
    { $count ->
        [one] Váš souhlas má jedna organizace:
        [few] Váš souhlas mají { $count } organizace:
        [many] Váš souhlas má { $count } organizace:
       *[other] Váš souhlas má { $count } organizací:
    }
shares-after = Po posledním dni Váš souhlas sám skončí. Potom organizaci požádáme, aby smazala, co o Vás má. Pokračovat se může, jen když znovu řeknete „ano“.
share-title = { $recipient } ({ $country })

label-categories = Co smějí vědět
label-purposes = K čemu
label-period = Odkdy dokdy
period = Od { $from } do { $until }. To je poslední den.
label-onward = Smějí to předat dál?
onward-yes = Jen když znovu řeknete „ano“. Smějí se Vás zeptat, jestli to mohou dát dalším lidem, kteří Vám pomáhají.
onward-no = Ne. Jen pokud za Vás převezmou odpovědnost, smějí se Vás zeptat. Bez Vašeho „ano“ to nesmějí dát nikomu.

withheld-heading = Co zůstává u nás
withheld-what = Toto máme zapsané. Nikomu to nedáváme:

ended-heading = Co skončilo
recipient-title = { $recipient }
label-ending = Co se stalo
ending-refused = Vaše odpověď ze dne { $date } byla „ne“. Držíme se toho.
ending-withdrawn = Souhlas byl na Vaše přání zrušen { $date }.
ending-expired = Váš souhlas skončil. Poslední den: { $date }.
label-became = Co udělali s Vašimi údaji
became-nothing-sent = Nic ještě nedostali.
became-asked = Dne { $date } jsme jim napsali, že musí všechno smazat. Naše zpráva k nim ještě nedošla. Zkoušíme to dál. Zeptejte se nás na to.
became-told = Dne { $date } jsme jim řekli, že musí všechno smazat. Čekáme na odpověď.
became-acknowledged = Dne { $date } potvrdili, že o tom vědí. Údaje zamkli a musí je smazat.
became-erased = Všechno smazali { $date }.
became-erased-consented = Dne { $date } smazali všechno, co směli vědět s Vaším souhlasem.
became-part-kept = Část si nechávají do { $date }. K ničemu jinému ji použít nesmějí.
became-no-answer = Řekli jsme jim, že musí všechno smazat. Od { $date } neodpověděli. Zeptejte se nás, co s tím děláme.
became-emergency = Stále mají to, co jsme předali v naléhavé situaci. Najdete to níže.
retention-legal_obligation = Důvod: musí si to nechat podle zákona.
retention-legal_claims = Důvod: je to potřeba k soudu nebo k uplatnění práv.
retention-public_health = Důvod: je to potřeba k ochraně zdraví dalších lidí.

emergencies-heading = Co jsme předali v naléhavé situaci
emergencies-what = Obvykle se Vás nejdřív zeptáme. Ve velkém nebezpečí smíme i bez toho říct to nejnutnější. Tady se to stalo:
label-told = Co jsme jim řekli
label-ground = Proč
emergency-vital_interests = Abychom zachránili život: Váš nebo někoho jiného.
emergency-duty_to_warn = Někdo byl v nebezpečí a bylo nutné ho varovat.
label-when = Kdy
when = { $date }
label-review = Zkontroloval to někdo?
review-open = Ještě ne. Do tří dnů ověříme, jestli to bylo správně. Zeptejte se nás na to.
review-late = Ještě ne. Mělo se to zkontrolovat do { $date }. Zeptejte se nás na to.
review-upheld = Ano, { $date }. Bylo správné to předat.
review-overturned = Ano, { $date }. Nemělo se to předat. Požádali jsme, aby to smazali.
label-kept = Jak dlouho to mají?
kept-until = Musí to smazat nejpozději { $date }.
kept-over = Měli to smazat do { $date }. Ještě nevíme, jestli to udělali. Zeptejte se nás na to.
kept-asked = Dne { $date } jsme jim napsali, že to musí smazat. Naše zpráva k nim ještě nedošla. Zkoušíme to dál. Zeptejte se nás na to.
kept-told = Dne { $date } jsme jim řekli, že to musí smazat. Čekáme na odpověď.
kept-erased = Smazali to { $date }.

withdraw-heading = Kdykoli si to můžete rozmyslet
withdraw-how = Řekněte to člověku, který Vám u nás pomáhá, nebo komukoli v naší kanceláři. Můžete to říct, zavolat, napsat nebo o to požádat někoho, komu věříte. Každý způsob je v pořádku.
withdraw-reason = Nemusíte říkat proč.
withdraw-part = Můžete odvolat i jen část: pro jednu organizaci nebo pro jeden druh informací.
withdraw-help = Nic zlého se Vám kvůli tomu nestane. Budeme Vám dál pomáhat, jak nejlépe to půjde. Když bez těchto informací nějaká pomoc nebude možná, otevřeně Vám to řekneme.
withdraw-erase = Řekneme organizaci, že musí smazat, co o Vás má. Dáme Vám vědět, co udělala.
withdraw-kept = Někdy zákon říká, že se část musí po nějakou dobu uchovat. Pak Vám řekneme, co to je, proč a jak dlouho.
withdraw-undone = Jedno vrátit nejde: co už si někdo přečetl, to už ví.

rights-heading = Vaše práva
rights-see = Smíte vidět, co jsme si o Vás zapsali, a dostat kopii. Nic to nestojí.
rights-correct = Když je něco špatně nebo něco chybí, můžete si to nechat opravit.
rights-complain = Když se Vám nelíbí, jak s Vašimi údaji zacházíme, můžete si stěžovat: u nás, nebo u úřadu pro ochranu osobních údajů. Můžeme Vám s tím pomoci.

safety-heading = Uložte tento list na bezpečné místo
safety-keep = Mějte ho tam, kde ho nenajde nikdo, kdo by Vám mohl ublížit.
safety-leave = Nemusíte si ho brát s sebou. Kdykoli si ho můžete přečíst u nás.

bundle-page-name = Co o Vás máme
bundle-safe = Tato stránka o Vás říká mnoho. Mějte ji tam, kde ji nenajde nikdo, kdo by Vám mohl ublížit. Co si někdo zkopíroval, už vzít zpět nejde.
bundle-about = Od: { $office }. Stav ze dne { $date }. Váš kód: { $code }.
bundle-original = Co lidé napsali, je tu tak, jak to napsali. Nepřekládali jsme to. Některé části jsou jen anglicky a jsou označené. Zeptejte se nás: vysvětlíme Vám je nebo přečteme.
bundle-english = Anglicky:
bundle-record = Přesné časy a čísla jsou v souboru { $file }. Ten je pro počítače.
bundle-recorded-heading = Co je o Vás zapsáno
bundle-messages-heading = Zprávy o Vás mezi kancelářemi
bundle-agreed-heading = K čemu máme Váš souhlas a k čemu ne
bundle-holders-heading = Kdo co má, odkdy a proč
bundle-referrals-heading = Které kanceláře pro Vás hledaly pomoc
bundle-journeys-heading = Vaše cesty
bundle-happened-heading = Co se stalo
bundle-looked-heading = Kdo se na to díval
bundle-looked-what = Pokaždé, když někdo v naší kanceláři otevře část těchto údajů, zapíše se, kdo to byl a kdy. Tady vidíte kdy a kterou část. Když chcete vědět, kdo to byl, zeptejte se nás.
bundle-looked-now = I kvůli této stránce jsme dne { $date } části otevřeli. Kolik: { $count }.
bundle-nothing = Nic.
bundle-label-what = Co
bundle-label-since = Odkdy
bundle-basis-consent = Máme k tomu Váš souhlas.
bundle-basis-reply = Je to zpráva o práci s Vámi.
bundle-basis-emergency = Byla to naléhavá situace. Předem se Vás nikdo neptal.
bundle-basis-own_case = Patří to k tomu, co si tato kancelář sama zapsala.
bundle-until = Nejdéle do { $date }.
bundle-here = Tak dlouho, jak si tato kancelář nechává, co si o Vás zapsala.
bundle-given = Vaše odpověď ze dne { $date } byla „ano“.
bundle-narrowed = Od { $date } platí Váš souhlas pro méně.
bundle-renewed = Dne { $date } byl Váš souhlas prodloužen.
bundle-gone-erased = Je to smazané. Nikdo už to nemůže přečíst.
bundle-gone-locked = Je to zamčené a bude to smazáno. Nikdo to nesmí číst.
bundle-gone-not_shared = Této kanceláři to nikdo nedal.
bundle-gone-key_lost = Už to nejde otevřít: klíč se ztratil.
bundle-gone-unreadable = Nepodařilo se to otevřít. Zeptejte se nás na to.

category-triage = jakou pomoc potřebujete a jak rychle, bez Vašeho jména
category-identity = Vaše jméno a kdo jste
category-contact = jak se s Vámi bezpečně spojit
category-safety = kdo nebo co Vás ohrožuje a jak Vás chránit
category-travel = Vaše cestovní doklady a Vaše cesta
category-shelter = kde bydlíte a co tam potřebujete
category-health = Vaše zdraví a léčba
category-legal = Váš pobyt v zemi a záležitosti u soudu a na policii
category-family = Vaše rodina a lidé, o které se staráte
category-work = Vaše práce, jak Vás vykořisťovali, a peníze, které Vám dluží
category-narrative = Váš příběh Vašimi vlastními slovy
category-coordination = zprávy mezi lidmi, kteří Vám pomáhají, třeba o schůzkách
category-office = naše vlastní poznámky

purpose-emotional_support = někdo, s kým si můžete promluvit, když je Vám těžko
purpose-social_support = pomoc v každodenním životě
purpose-safe_shelter = bezpečné místo k bydlení
purpose-medical = lékař a léčba
purpose-legal = pomoc právníka
purpose-safe_return = bezpečná cesta zpět, pokud se chcete vrátit
purpose-social_inclusion = nový začátek po návratu
purpose-tracing = hledání pohřešovaného člověka
purpose-compensation = peníze za to, co se Vám stalo
purpose-identification = úřední uznání toho, co se Vám stalo
purpose-interpretation = tlumočení
purpose-financial = pomoc s penězi
purpose-education_work = škola, kurzy a práce

country =
    { $code ->
        [AL] Albánie
        [AM] Arménie
        [AT] Rakousko
        [AZ] Ázerbájdžán
        [BA] Bosna a Hercegovina
        [BE] Belgie
        [BG] Bulharsko
        [BY] Bělorusko
        [CH] Švýcarsko
        [CY] Kypr
        [CZ] Česko
        [DE] Německo
        [DK] Dánsko
        [EE] Estonsko
        [ES] Španělsko
        [FI] Finsko
        [FR] Francie
        [GB] Spojené království
        [GE] Gruzie
        [GR] Řecko
        [HR] Chorvatsko
        [HU] Maďarsko
        [IE] Irsko
        [IS] Island
        [IT] Itálie
        [LT] Litva
        [LU] Lucembursko
        [LV] Lotyšsko
        [MD] Moldavsko
        [ME] Černá Hora
        [MK] Severní Makedonie
        [MT] Malta
        [NG] Nigérie
        [NL] Nizozemsko
        [NO] Norsko
        [PL] Polsko
        [PT] Portugalsko
        [RO] Rumunsko
        [RS] Srbsko
        [RU] Rusko
        [SE] Švédsko
        [SI] Slovinsko
        [SK] Slovensko
        [TH] Thajsko
        [TR] Turecko
        [UA] Ukrajina
        [US] Spojené státy
        [VN] Vietnam
       *[other] { $code }
    }
