# Fișa de informare în română.
# Pentru cineva obosit, care poate citește greu: propoziții scurte, căldură, fără limbaj juridic. Adresare: dumneavoastră.
# $office, $recipient și $code sunt nume din afară: propoziția trebuie să sune bine fără declinarea lor.

page-name = Fișă de informare
title = Cine și ce poate ști despre dumneavoastră

fact-office = De la: { $office }
fact-code = Codul dumneavoastră: { $code }
fact-printed = Tipărit pe { $date }

date =
    { $day } { $month ->
        [1] ianuarie
        [2] februarie
        [3] martie
        [4] aprilie
        [5] mai
        [6] iunie
        [7] iulie
        [8] august
        [9] septembrie
        [10] octombrie
        [11] noiembrie
       *[12] decembrie
    } { $year }

introduction-heading = Ce este această fișă
introduction-what = Această fișă este pentru dumneavoastră. Arată cine poate ști ceva despre dumneavoastră, ce anume, pentru ce și până când.
introduction-yours = Ce ne spuneți vă aparține. Dumneavoastră hotărâți cui dăm informațiile. Numai când cineva este în pericol putem spune ceva fără să vă întrebăm. Dacă s-a întâmplat așa, veți găsi scris pe această fișă.
introduction-today = Fișa arată cum stăteau lucrurile pe { $date }. Dacă se schimbă ceva, cereți-ne una nouă.
introduction-ask = Nu este ceva clar? Întrebați-ne. Vă explicăm sau vă citim cu drag.
introduction-erased = Tot ce am notat despre dumneavoastră am șters pe { $date }. A rămas doar cine a aflat ceva și când.

shares-heading = Cine poate ști ceva acum
shares-none = În acest moment, nimeni din afara biroului nostru nu primește nimic despre dumneavoastră.
shares-none-emergency = În acest moment nu ați permis nimănui din afara biroului nostru să știe ceva despre dumneavoastră. Dar într-o urgență am spus ceva, iar acele informații sunt încă acolo. Le găsiți mai jos.
shares-count =
    { $count ->
        [one] V-ați dat acordul pentru o organizație:
        [few] V-ați dat acordul pentru { $count } organizații:
       *[other] V-ați dat acordul pentru { $count } de organizații:
    }
shares-after = După ultima zi, acordul se încheie de la sine. Atunci cerem organizației să șteargă ce are despre dumneavoastră. Se continuă numai dacă spuneți din nou „da”.
share-title = { $recipient } ({ $country })

label-categories = Ce pot ști
label-purposes = Pentru ce
label-period = De când și până când
period = De la { $from } până la { $until }. Aceasta este ultima zi.
label-onward = Pot da informațiile mai departe?
onward-yes = Numai dacă spuneți din nou „da”. Vă pot întreba dacă le pot da altora care vă ajută.
onward-no = Nu. Numai dacă devin responsabili pentru dumneavoastră vă pot întreba. Fără acest „da” nu le pot da nimănui.

withheld-heading = Ce rămâne la noi
withheld-what = Am notat aceste lucruri. Nu le spunem nimănui:

ended-heading = Ce s-a încheiat
recipient-title = { $recipient }
label-ending = Ce s-a întâmplat
ending-refused = Ați spus „nu” pe { $date }. Respectăm acest lucru.
ending-withdrawn = V-ați retras acordul pe { $date }.
ending-expired = Acordul s-a încheiat. Ultima zi a fost { $date }.
label-became = Ce au făcut cu informațiile
became-nothing-sent = Nu primiseră nimic.
became-asked = Pe { $date } le-am scris că trebuie să șteargă tot. Mesajul nostru nu a ajuns încă la ei. Încercăm în continuare. Întrebați-ne despre asta.
became-told = Pe { $date } le-am spus să șteargă tot. Așteptăm răspunsul lor.
became-acknowledged = Pe { $date } au confirmat că știu. Au blocat informațiile și trebuie să le șteargă.
became-erased = Au șters tot pe { $date }.
became-erased-consented = Pe { $date } au șters tot ce puteau ști cu acordul dumneavoastră.
became-part-kept = Păstrează o parte până la { $date }. Nu o pot folosi pentru nimic altceva.
became-no-answer = Le-am spus să șteargă tot. Nu au răspuns din { $date }. Întrebați-ne ce facem în această privință.
became-emergency = Au încă ceea ce am spus într-o urgență. Găsiți mai jos.
retention-legal_obligation = Motivul: legea îi obligă să o păstreze.
retention-legal_claims = Motivul: este nevoie de ea la tribunal sau pentru apărarea unor drepturi.
retention-public_health = Motivul: este nevoie de ea ca să fie apărată sănătatea altor oameni.

emergencies-heading = Ce am spus într-o urgență
emergencies-what = De obicei vă întrebăm mai întâi. Când pericolul este mare, putem spune strictul necesar fără să vă întrebăm. Aici s-a întâmplat așa:
label-told = Ce le-am spus
label-ground = De ce
emergency-vital_interests = Ca să salvăm o viață: a dumneavoastră sau a altcuiva.
emergency-duty_to_warn = Cineva era în pericol și trebuia avertizat.
label-when = Când
when = Pe { $date }
label-review = S-a verificat?
review-open = Încă nu. În trei zile verificăm dacă a fost corect. Întrebați-ne despre asta.
review-late = Încă nu. Trebuia verificat până pe { $date }. Întrebați-ne despre asta.
review-upheld = Da, pe { $date }. A fost corect să spunem.
review-overturned = Da, pe { $date }. Nu trebuia spus. Am cerut să se șteargă.
label-kept = Cât timp au informațiile?
kept-until = Trebuie să le șteargă cel târziu pe { $date }.
kept-over = Trebuiau să le șteargă până pe { $date }. Nu știm încă dacă au făcut-o. Întrebați-ne despre asta.
kept-asked = Pe { $date } le-am scris că trebuie să le șteargă. Mesajul nostru nu a ajuns încă la ei. Încercăm în continuare. Întrebați-ne despre asta.
kept-told = Pe { $date } le-am spus să le șteargă. Așteptăm răspunsul lor.
kept-erased = Le-au șters pe { $date }.

withdraw-heading = Vă puteți răzgândi oricând
withdraw-how = Spuneți-i persoanei care vă ajută sau oricui din biroul nostru. Puteți să spuneți, să sunați, să scrieți sau să rugați pe cineva în care aveți încredere. Orice mod este bun.
withdraw-reason = Nu trebuie să spuneți de ce.
withdraw-part = Puteți retrage și numai o parte: pentru o organizație sau pentru un fel de informații.
withdraw-help = Nu veți păți nimic rău din cauza asta. Vă ajutăm mai departe cât putem. Dacă un anumit ajutor nu este posibil fără aceste informații, vă spunem deschis.
withdraw-erase = Spunem organizației să șteargă ce are despre dumneavoastră. Vă spunem ce a făcut.
withdraw-kept = Uneori legea cere ca o parte să fie păstrată un timp. Atunci vă spunem ce, de ce și cât timp.
withdraw-undone = Un lucru nu mai poate fi schimbat: ce a citit deja cineva rămâne citit.

rights-heading = Drepturile dumneavoastră
rights-see = Puteți vedea ce am scris despre dumneavoastră și puteți primi o copie. Nu costă nimic.
rights-correct = Dacă ceva este greșit sau lipsește, puteți cere să fie corectat.
rights-complain = Dacă nu sunteți de acord cu felul în care folosim informațiile dumneavoastră, puteți face o plângere: la noi sau la autoritatea pentru protecția datelor. Vă putem ajuta.

safety-heading = Păstrați această fișă în siguranță
safety-keep = Țineți-o într-un loc unde nu o găsește nimeni care v-ar putea face rău.
safety-leave = Nu trebuie să o luați cu dumneavoastră. O puteți citi oricând la noi.

bundle-page-name = Ce avem despre dumneavoastră
bundle-safe = Această pagină spune multe despre dumneavoastră. Țineți-o unde nu o găsește nimeni care v-ar putea face rău. Ce a copiat cineva nu mai poate fi luat înapoi.
bundle-about = De la: { $office }. Așa cum era pe { $date }. Codul dumneavoastră: { $code }.
bundle-original = Ce au scris oamenii este aici așa cum au scris. Nu am tradus. Unele părți sunt numai în engleză și sunt marcate. Întrebați-ne: vă explicăm sau vă citim.
bundle-english = În engleză:
bundle-record = Orele exacte și numerele sunt în fișierul { $file }. Este făcut pentru calculatoare.
bundle-recorded-heading = Ce este notat despre dumneavoastră
bundle-messages-heading = Mesaje despre dumneavoastră între birouri
bundle-agreed-heading = Ce ați permis și ce nu
bundle-holders-heading = Cine ce are, de când și de ce
bundle-referrals-heading = Ce birouri au căutat ajutor pentru dumneavoastră
bundle-journeys-heading = Călătoriile dumneavoastră
bundle-happened-heading = Ce s-a întâmplat
bundle-looked-heading = Cine s-a uitat
bundle-looked-what = De fiecare dată când cineva din biroul nostru deschide o parte din acestea, se notează cine a fost și când. Aici vedeți când și ce parte. Dacă vreți să știți cine a fost, întrebați-ne.
bundle-looked-now = Și pentru această pagină am deschis părți, pe { $date }. Câte: { $count }.
bundle-nothing = Nimic.
bundle-label-what = Ce
bundle-label-since = De când
bundle-basis-consent = Ați permis acest lucru.
bundle-basis-reply = Este un mesaj despre lucrul cu dumneavoastră.
bundle-basis-emergency = A fost o urgență. Nu v-a întrebat nimeni mai întâi.
bundle-basis-own_case = Ține de ce a notat chiar acest birou.
bundle-until = Cel mult până la { $date }.
bundle-here = Cât timp acest birou păstrează ce a notat despre dumneavoastră.
bundle-given = Ați spus „da” pe { $date }.
bundle-narrowed = Ați permis mai puțin pe { $date }.
bundle-renewed = Ați spus „da” pentru mai mult timp pe { $date }.
bundle-gone-erased = A fost șters. Nimeni nu mai poate citi.
bundle-gone-locked = Este blocat și va fi șters. Nimeni nu are voie să citească.
bundle-gone-not_shared = Nu a fost dat acestui birou.
bundle-gone-key_lost = Nu mai poate fi deschis: cheia s-a pierdut.
bundle-gone-unreadable = Nu a putut fi deschis. Întrebați-ne despre asta.

category-triage = de ce ajutor aveți nevoie și cât de repede, fără numele dumneavoastră
category-identity = numele dumneavoastră și cine sunteți
category-contact = cum vă putem contacta în siguranță
category-safety = cine sau ce vă pune în pericol și cum vă putem proteja
category-travel = actele dumneavoastră de călătorie și călătoria
category-shelter = unde stați și de ce aveți nevoie acolo
category-health = sănătatea dumneavoastră și tratamentul
category-legal = dreptul dumneavoastră de ședere și ce ține de tribunal și poliție
category-family = familia dumneavoastră și persoanele de care aveți grijă
category-work = munca dumneavoastră, cum v-au exploatat alții și banii care vi se datorează
category-narrative = ce ați povestit despre viața dumneavoastră, cu cuvintele dumneavoastră
category-coordination = mesaje între cei care vă ajută, de exemplu despre programări
category-office = notițele noastre

purpose-emotional_support = cineva cu care să vorbiți când vă este greu
purpose-social_support = ajutor în viața de zi cu zi
purpose-safe_shelter = un loc sigur unde să stați
purpose-medical = medic și tratament
purpose-legal = ajutorul unui avocat
purpose-safe_return = un drum sigur înapoi, dacă vreți să vă întoarceți
purpose-social_inclusion = un nou început după întoarcere
purpose-tracing = căutarea unei persoane dispărute
purpose-compensation = bani pentru răul care vi s-a făcut
purpose-identification = recunoașterea oficială a ceea ce vi s-a întâmplat
purpose-interpretation = un interpret
purpose-financial = ajutor cu bani
purpose-education_work = școală, cursuri și muncă

country =
    { $code ->
        [AL] Albania
        [AM] Armenia
        [AT] Austria
        [AZ] Azerbaidjan
        [BA] Bosnia și Herțegovina
        [BE] Belgia
        [BG] Bulgaria
        [BY] Belarus
        [CH] Elveția
        [CY] Cipru
        [CZ] Cehia
        [DE] Germania
        [DK] Danemarca
        [EE] Estonia
        [ES] Spania
        [FI] Finlanda
        [FR] Franța
        [GB] Regatul Unit
        [GE] Georgia
        [GR] Grecia
        [HR] Croația
        [HU] Ungaria
        [IE] Irlanda
        [IS] Islanda
        [IT] Italia
        [LT] Lituania
        [LU] Luxemburg
        [LV] Letonia
        [MD] Moldova
        [ME] Muntenegru
        [MK] Macedonia de Nord
        [MT] Malta
        [NG] Nigeria
        [NL] Țările de Jos
        [NO] Norvegia
        [PL] Polonia
        [PT] Portugalia
        [RO] România
        [RS] Serbia
        [RU] Rusia
        [SE] Suedia
        [SI] Slovenia
        [SK] Slovacia
        [TH] Thailanda
        [TR] Turcia
        [UA] Ucraina
        [US] Statele Unite
        [VN] Vietnam
       *[other] { $code }
    }
