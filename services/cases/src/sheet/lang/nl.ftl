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
onward-yes = Ja. Ze mogen het geven aan anderen die u helpen, maar alleen voor wat hier staat.
onward-no = Nee. Ze mogen het aan niemand anders geven.

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
became-told = Op { $date } hebben we gezegd dat ze alles moeten wissen. We wachten op hun antwoord.
became-acknowledged = Op { $date } hebben ze bevestigd dat ze het weten. Ze hebben de gegevens op slot gezet en moeten ze wissen.
became-erased = Ze hebben alles gewist op { $date }.
became-part-kept = Ze bewaren een deel tot en met { $date }. Ze mogen het voor niets anders gebruiken.
became-no-answer = We hebben gezegd dat ze alles moeten wissen. Sinds { $date } hebben ze niet geantwoord. Vraag ons gerust wat we eraan doen.
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
review-upheld = Ja, op { $date }. Het was goed om het te delen.
review-overturned = Ja, op { $date }. Het had niet gedeeld mogen worden. We hebben gevraagd om het te wissen.

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
