# Het overzicht in het Nederlands.
# Voor iemand die moe is en misschien moeilijk leest: korte zinnen, warm, geen juridische woorden. Aanspreekvorm: u.
# $office, $recipient en $code zijn namen van buiten.

page-name = Informatieblad
title = Wie mag wat over u weten?

fact-office = Van: { $office }
fact-code = Uw code: { $code }
fact-printed = Afgedrukt op { $date }

date =
    { $day } { $month ->
        [1] januari
        [2] februari
        [3] maart
        [4] april
        [5] mei
        [6] juni
        [7] juli
        [8] augustus
        [9] september
        [10] oktober
        [11] november
       *[12] december
    } { $year }

introduction-heading = Wat is dit voor blad?
introduction-what = Dit blad is voor u. U ziet hier wie iets over u mag weten, wat ze mogen weten, waarvoor, en tot wanneer.
introduction-yours = Wat u ons vertelt, is van u. U beslist wie het krijgt. Alleen als iemand in gevaar is, mogen we iets doorgeven zonder het u eerst te vragen. Is dat gebeurd, dan staat het op dit blad.
introduction-today = Dit blad laat zien hoe het was op { $date }. Verandert er iets? Vraag ons dan om een nieuw blad.
introduction-ask = Is iets niet duidelijk? Vraag het ons. We leggen het graag uit of lezen het u voor.
introduction-erased = Alles wat wij over u hadden opgeschreven, hebben we gewist. Dat was op { $date }. Wat blijft, is wie iets te weten kreeg en wanneer.

shares-heading = Wie mag nu iets weten?
shares-none = Op dit moment krijgt niemand buiten ons kantoor iets over u.
shares-none-emergency = Op dit moment heeft u niemand buiten ons kantoor toestemming gegeven om iets over u te weten. Maar in een noodgeval is er iets gedeeld, en dat is er nog. U vindt het hieronder.
shares-count =
    { $count ->
        [one] U heeft dit goedgevonden voor één organisatie:
       *[other] U heeft dit goedgevonden voor { $count } organisaties:
    }
shares-after = Na de laatste dag stopt uw toestemming vanzelf. We vragen de organisatie dan om te wissen wat ze over u heeft. Het gaat alleen verder als u opnieuw ja zegt.
share-title = { $recipient } ({ $country })

label-categories = Wat ze mogen weten
label-purposes = Waarvoor
label-period = Van wanneer tot wanneer
period = Van { $from } tot en met { $until }.
label-onward = Mogen ze het doorgeven?
onward-yes = Alleen als u opnieuw ja zegt. Ze mogen u vragen of ze het mogen geven aan anderen die u helpen.
onward-no = Nee. Alleen als zij verantwoordelijk voor u worden, mogen ze het u vragen. Zonder uw ja mogen ze het aan niemand geven.

withheld-heading = Wat bij ons blijft
withheld-what = Dit hebben we opgeschreven. We delen het met niemand:

ended-heading = Wat gestopt is
recipient-title = { $recipient }
label-ending = Wat er is gebeurd
ending-refused = U heeft nee gezegd op { $date }. Daar houden we ons aan.
ending-withdrawn = U heeft uw toestemming ingetrokken op { $date }.
ending-expired = Uw toestemming is afgelopen. De laatste dag was { $date }.
label-became = Wat ze met uw gegevens hebben gedaan
became-nothing-sent = Ze hadden nog niets gekregen.
became-asked = Op { $date } hebben we geschreven dat ze alles moeten wissen. Ons bericht is nog niet aangekomen. We blijven het proberen. Vraag ons ernaar.
became-told = Op { $date } hebben we gezegd dat ze alles moeten wissen. We wachten op hun antwoord.
became-acknowledged = Op { $date } hebben ze bevestigd dat ze het weten. Ze hebben de gegevens op slot gezet en moeten ze wissen.
became-erased = Ze hebben alles gewist op { $date }.
became-erased-consented = Op { $date } hebben ze alles gewist wat ze met uw toestemming hadden.
became-part-kept = Ze bewaren een deel tot en met { $date }. Ze mogen het voor niets anders gebruiken.
became-no-answer = We hebben gezegd dat ze alles moeten wissen. Sinds { $date } hebben ze niet geantwoord. Vraag ons gerust wat we eraan doen.
became-emergency = Wat we in een noodgeval hebben gedeeld, hebben ze nog. U vindt het hieronder.
retention-legal_obligation = Reden: ze moeten het bewaren van de wet.
retention-legal_claims = Reden: het is nodig voor een rechtszaak of een eis.
retention-public_health = Reden: het is nodig om de gezondheid van andere mensen te beschermen.

emergencies-heading = Wat we in een noodgeval hebben gedeeld
emergencies-what = Normaal vragen we het u eerst. Bij groot gevaar mogen we het hoogst nodige vertellen zonder het u te vragen. Dat is hier gebeurd:
label-told = Wat we hebben verteld
label-ground = Waarom
emergency-vital_interests = Om een leven te redden: dat van u of van iemand anders.
emergency-duty_to_warn = Er was iemand in gevaar die gewaarschuwd moest worden.
label-when = Wanneer
when = Op { $date }
label-review = Is het gecontroleerd?
review-open = Nog niet. Binnen drie dagen kijken we of het goed was. Vraag ons ernaar.
review-late = Nog niet. Het had uiterlijk op { $date } gecontroleerd moeten zijn. Vraag ons ernaar.
review-upheld = Ja, op { $date }. Het was goed om het te delen.
review-overturned = Ja, op { $date }. Het had niet gedeeld mogen worden. We hebben gevraagd om het te wissen.
label-kept = Hoe lang hebben ze het?
kept-until = Ze moeten het uiterlijk op { $date } wissen.
kept-over = Ze moesten het uiterlijk op { $date } wissen. We hebben nog niet gehoord dat dat is gebeurd. Vraag ons ernaar.
kept-asked = Op { $date } hebben we geschreven dat ze het moeten wissen. Ons bericht is nog niet aangekomen. We blijven het proberen. Vraag ons ernaar.
kept-told = Op { $date } hebben we gezegd dat ze het moeten wissen. We wachten op hun antwoord.
kept-erased = Ze hebben het gewist op { $date }.

withdraw-heading = U mag altijd van gedachten veranderen
withdraw-how = Zeg het tegen uw begeleider of tegen iemand anders van ons kantoor. U kunt het zeggen, bellen, schrijven, of het laten doen door iemand die u vertrouwt. Alles is goed.
withdraw-reason = U hoeft niet te zeggen waarom.
withdraw-part = U kunt ook een deel intrekken: voor één organisatie, of voor één soort informatie.
withdraw-help = U krijgt daar geen problemen door. We blijven u helpen zo goed als we kunnen. Kan bepaalde hulp niet zonder deze informatie? Dan zeggen we u dat eerlijk.
withdraw-erase = We zeggen tegen de organisatie dat ze moet wissen wat ze over u heeft. U hoort van ons wat ze heeft gedaan.
withdraw-kept = Soms zegt de wet dat een deel nog een tijd bewaard moet worden. Dan vertellen we u wat, waarom en hoe lang.
withdraw-undone = Eén ding kunnen we niet terugdraaien: wat iemand al gelezen heeft, heeft die gelezen.

rights-heading = Uw rechten
rights-see = U mag zien wat we over u hebben opgeschreven, en er een kopie van krijgen. Dat kost niets.
rights-correct = Klopt er iets niet of ontbreekt er iets? Dan mag u het laten verbeteren.
rights-complain = Bent u niet tevreden over hoe we met uw gegevens omgaan? Dan mag u een klacht indienen: bij ons, of bij de overheidsdienst die toezicht houdt op privacy. We kunnen u daarbij helpen.

safety-heading = Bewaar dit blad veilig
safety-keep = Bewaar het op een plek waar niemand die u kwaad kan doen het vindt.
safety-leave = U hoeft het niet mee te nemen. U kunt het hier altijd komen lezen.

bundle-page-name = Wat we over u hebben
bundle-safe = Deze pagina vertelt veel over u. Bewaar haar waar niemand die u kwaad kan doen haar vindt. Wat iemand heeft gekopieerd, kan niemand terughalen.
bundle-about = Van { $office }, zoals het was op { $date }. Uw code: { $code }.
bundle-original = Wat mensen hebben geschreven, staat hier zoals ze het schreven. We hebben het niet vertaald. Sommige delen zijn alleen in het Engels; dat staat erbij. Vraag het ons: we leggen het uit of lezen het u voor.
bundle-english = In het Engels:
bundle-record = De precieze tijden en nummers staan in het bestand { $file }. Dat is gemaakt voor computers.
bundle-recorded-heading = Wat er over u is opgeschreven
bundle-messages-heading = Berichten over u tussen organisaties
bundle-agreed-heading = Wat u goedvond en wat niet
bundle-holders-heading = Wie wat heeft, sinds wanneer en waarom
bundle-referrals-heading = Welke organisaties hulp voor u zochten
bundle-journeys-heading = Uw reizen
bundle-happened-heading = Wat er is gebeurd
bundle-looked-heading = Wie het heeft bekeken
bundle-looked-what = Telkens als iemand van ons kantoor een deel hiervan opent, wordt opgeschreven wie het was en wanneer. Hier ziet u wanneer en welk deel. Wilt u weten wie het was? Vraag het ons.
bundle-looked-now = Ook voor deze pagina hebben we delen geopend, op { $date }. Hoeveel: { $count }.
bundle-nothing = Niets.
bundle-label-what = Wat
bundle-label-since = Sinds wanneer
bundle-basis-consent = U vond het goed.
bundle-basis-reply = Het is een bericht over het werk met u.
bundle-basis-emergency = Het was een noodgeval. U bent het niet eerst gevraagd.
bundle-basis-own_case = Het hoort bij wat deze organisatie zelf heeft opgeschreven.
bundle-until = Uiterlijk tot en met { $date }.
bundle-here = Zolang deze organisatie bewaart wat ze over u heeft opgeschreven.
bundle-given = U heeft ja gezegd op { $date }.
bundle-narrowed = U heeft minder goedgevonden op { $date }.
bundle-renewed = U heeft ja gezegd voor langer, op { $date }.
bundle-gone-erased = Het is gewist. Niemand kan het meer lezen.
bundle-gone-locked = Het is op slot en wordt gewist. Niemand mag het lezen.
bundle-gone-not_shared = Het is niet aan dit kantoor gegeven.
bundle-gone-key_lost = Het kan niet meer worden geopend: de sleutel is verloren gegaan.
bundle-gone-unreadable = Het kon niet worden geopend. Vraag ons ernaar.

category-triage = welke hulp u nodig heeft en hoe snel, zonder uw naam
category-identity = uw naam en wie u bent
category-contact = hoe we u veilig kunnen bereiken
category-safety = wie of wat voor u gevaarlijk is, en hoe u beschermd kunt worden
category-travel = uw reispapieren en uw reis
category-shelter = waar u verblijft en wat u daar nodig heeft
category-health = uw gezondheid en behandeling
category-legal = uw verblijf hier, en wat met rechtbank en politie te maken heeft
category-family = uw familie en de mensen voor wie u zorgt
category-work = uw werk, hoe u bent uitgebuit, en geld dat u nog moet krijgen
category-narrative = wat u over uw leven heeft verteld, in uw eigen woorden
category-coordination = berichten tussen de mensen die u helpen, bijvoorbeeld over afspraken
category-office = onze eigen aantekeningen

purpose-emotional_support = iemand om mee te praten als het moeilijk is
purpose-social_support = hulp in het dagelijks leven
purpose-safe_shelter = een veilige plek om te wonen
purpose-medical = dokter en behandeling
purpose-legal = hulp van een advocaat
purpose-safe_return = een veilige reis terug, als u dat wilt
purpose-social_inclusion = een nieuw begin als u terug bent
purpose-tracing = zoeken naar iemand die vermist is
purpose-compensation = geld voor wat u is aangedaan
purpose-identification = officiële erkenning van wat u is aangedaan
purpose-interpretation = een tolk
purpose-financial = hulp met geld
purpose-education_work = school, opleiding en werk

country =
    { $code ->
        [AL] Albanië
        [AM] Armenië
        [AT] Oostenrijk
        [AZ] Azerbeidzjan
        [BA] Bosnië en Herzegovina
        [BE] België
        [BG] Bulgarije
        [BY] Belarus
        [CH] Zwitserland
        [CY] Cyprus
        [CZ] Tsjechië
        [DE] Duitsland
        [DK] Denemarken
        [EE] Estland
        [ES] Spanje
        [FI] Finland
        [FR] Frankrijk
        [GB] Verenigd Koninkrijk
        [GE] Georgië
        [GR] Griekenland
        [HR] Kroatië
        [HU] Hongarije
        [IE] Ierland
        [IS] IJsland
        [IT] Italië
        [LT] Litouwen
        [LU] Luxemburg
        [LV] Letland
        [MD] Moldavië
        [ME] Montenegro
        [MK] Noord-Macedonië
        [MT] Malta
        [NG] Nigeria
        [NL] Nederland
        [NO] Noorwegen
        [PL] Polen
        [PT] Portugal
        [RO] Roemenië
        [RS] Servië
        [RU] Rusland
        [SE] Zweden
        [SI] Slovenië
        [SK] Slowakije
        [TH] Thailand
        [TR] Turkije
        [UA] Oekraïne
        [US] Verenigde Staten
        [VN] Vietnam
       *[other] { $code }
    }
