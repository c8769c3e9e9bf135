# Karta informacyjna po polsku.
# Dla osoby zmęczonej, która może mieć trudność z czytaniem: krótkie zdania, ciepło, bez języka prawniczego. Forma: Pani.
# $office, $recipient i $code to nazwy z zewnątrz: zdanie musi brzmieć dobrze bez ich odmiany.

page-name = Karta informacyjna
title = Kto i co może o Pani wiedzieć

fact-office = Od: { $office }
fact-code = Pani kod: { $code }
fact-printed = Data wydruku: { $date }

date =
    { $day } { $month ->
        [1] stycznia
        [2] lutego
        [3] marca
        [4] kwietnia
        [5] maja
        [6] czerwca
        [7] lipca
        [8] sierpnia
        [9] września
        [10] października
        [11] listopada
       *[12] grudnia
    } { $year } roku

introduction-heading = Co to za karta
introduction-what = Ta karta jest dla Pani. Pokazuje, kto może coś o Pani wiedzieć, co dokładnie, w jakim celu i do kiedy.
introduction-yours = To, co Pani nam mówi, należy do Pani. To Pani decyduje, komu to przekażemy. Tylko wtedy, gdy komuś grozi niebezpieczeństwo, możemy przekazać coś bez pytania. Jeśli tak się stało, jest to zapisane na tej karcie.
introduction-today = Karta pokazuje, jak było w dniu { $date }. Jeśli coś się zmieni, może Pani dostać od nas nową.
introduction-ask = Coś jest niejasne? Proszę nas zapytać. Chętnie wyjaśnimy albo przeczytamy tę kartę na głos.
introduction-erased = Wszystko, co zapisaliśmy o Pani, zostało usunięte { $date }. Zostało tylko to, kto i kiedy się czegoś dowiedział.

shares-heading = Kto może teraz coś wiedzieć
shares-none = W tej chwili nikt poza naszym biurem nie dostaje żadnych informacji o Pani.
shares-count =
    { $count ->
        [one] Zgodziła się Pani na to dla jednej organizacji:
        [few] Zgodziła się Pani na to dla { $count } organizacji:
        [many] Zgodziła się Pani na to dla { $count } organizacji:
       *[other] Zgodziła się Pani na to dla { $count } organizacji:
    }
shares-after = Po ostatnim dniu Pani zgoda sama wygasa. Prosimy wtedy organizację, żeby usunęła to, co ma o Pani. Dalej będzie to możliwe tylko wtedy, gdy znowu powie Pani „tak”.
share-title = { $recipient } ({ $country })

label-categories = Co mogą wiedzieć
label-purposes = Po co
label-period = Od kiedy, do kiedy
period = Od { $from } do { $until }. To jest ostatni dzień.
label-onward = Czy mogą to przekazać dalej?
onward-yes = Tak. Mogą to przekazać innym osobom i organizacjom, które Pani pomagają, ale tylko w celu zapisanym tutaj.
onward-no = Nie. Nie mogą tego przekazać nikomu innemu.

withheld-heading = Co zostaje u nas
withheld-what = To mamy zapisane. Nie przekazujemy tego nikomu:

ended-heading = Co się zakończyło
recipient-title = { $recipient }
label-ending = Co się stało
ending-refused = Powiedziała Pani „nie” { $date }. Szanujemy to.
ending-withdrawn = Cofnęła Pani zgodę { $date }.
ending-expired = Pani zgoda wygasła. Ostatni dzień: { $date }.
label-became = Co zrobili z Pani danymi
became-nothing-sent = Nic jeszcze nie dostali.
became-told = Powiadomiliśmy ich { $date }, że muszą wszystko usunąć. Czekamy na odpowiedź.
became-acknowledged = Potwierdzili { $date }, że o tym wiedzą. Zablokowali te dane i muszą je usunąć.
became-erased = Usunęli wszystko { $date }.
became-part-kept = Zachowują część danych do { $date }. Nie wolno im użyć ich do niczego innego.
became-no-answer = Powiadomiliśmy ich, że muszą wszystko usunąć. Nie odpowiadają od { $date }. Proszę nas zapytać, co z tym robimy.
retention-legal_obligation = Powód: muszą to zachować, bo tak mówi prawo.
retention-legal_claims = Powód: jest to potrzebne w sądzie albo do dochodzenia praw.
retention-public_health = Powód: jest to potrzebne, żeby chronić zdrowie innych ludzi.

emergencies-heading = Co przekazaliśmy w nagłej sytuacji
emergencies-what = Zwykle najpierw pytamy Panią o zgodę. Przy dużym niebezpieczeństwie możemy bez pytania przekazać to, co najpotrzebniejsze. Tutaj tak się stało:
label-told = Co przekazaliśmy
label-ground = Dlaczego
emergency-vital_interests = Żeby ratować życie: Pani albo innej osoby.
emergency-duty_to_warn = Komuś groziło niebezpieczeństwo i trzeba było tę osobę ostrzec.
label-when = Kiedy
when = { $date }
label-review = Czy to sprawdzono?
review-open = Jeszcze nie. W ciągu trzech dni sprawdzamy, czy było to słuszne. Proszę nas o to zapytać.
review-upheld = Tak, { $date }. Przekazanie tych informacji było słuszne.
review-overturned = Tak, { $date }. Nie należało tego przekazywać. Poprosiliśmy o usunięcie tych danych.

withdraw-heading = W każdej chwili może Pani zmienić zdanie
withdraw-how = Wystarczy powiedzieć o tym osobie, która Panią wspiera, albo komukolwiek w naszym biurze. Można przyjść, zadzwonić, napisać albo poprosić o to kogoś zaufanego. Każdy sposób jest dobry.
withdraw-reason = Nie musi Pani mówić, dlaczego.
withdraw-part = Może Pani cofnąć też tylko część zgody: dla jednej organizacji albo dla jednego rodzaju informacji.
withdraw-help = Nic złego Panią za to nie spotka. Nadal będziemy pomagać, na ile to możliwe. Jeśli bez tych informacji jakaś pomoc nie jest możliwa, powiemy o tym otwarcie.
withdraw-erase = Powiadomimy organizację, że musi usunąć to, co ma o Pani. Powiemy Pani, co zrobiła.
withdraw-kept = Czasem prawo każe zachować część danych przez pewien czas. Wtedy powiemy Pani, co to jest, dlaczego i jak długo.
withdraw-undone = Jednej rzeczy nie da się cofnąć: tego, co ktoś już przeczytał.

rights-heading = Pani prawa
rights-see = Może Pani zobaczyć, co o Pani zapisaliśmy, i dostać kopię. To nic nie kosztuje.
rights-correct = Jeśli coś się nie zgadza albo czegoś brakuje, może Pani poprosić o poprawienie.
rights-complain = Jeśli nie podoba się Pani, co robimy z Pani danymi, może Pani złożyć skargę: u nas albo w urzędzie ochrony danych osobowych. Możemy w tym pomóc.

safety-heading = Proszę bezpiecznie przechowywać tę kartę
safety-keep = Proszę trzymać ją tam, gdzie nie znajdzie jej nikt, kto mógłby Panią skrzywdzić.
safety-leave = Nie musi Pani zabierać jej ze sobą. Zawsze można przeczytać ją u nas.

category-triage = jakiej pomocy Pani potrzebuje i jak pilnie, bez imienia i nazwiska
category-identity = Pani imię i nazwisko oraz kim Pani jest
category-contact = jak bezpiecznie się z Panią skontaktować
category-safety = kto lub co Pani zagraża i jak Panią chronić
category-travel = Pani dokumenty podróży i podróż
category-shelter = gdzie Pani mieszka i czego tam Pani potrzebuje
category-health = Pani zdrowie i leczenie
category-legal = Pani prawo pobytu oraz sprawy w sądzie i na policji
category-family = Pani rodzina i osoby, którymi się Pani opiekuje
category-work = Pani praca, to, jak Panią wykorzystywano, i pieniądze, które się Pani należą
category-narrative = to, co opowiedziała Pani o swoim życiu, Pani własnymi słowami
category-coordination = wiadomości między osobami, które Pani pomagają, na przykład o terminach spotkań
category-office = nasze własne notatki

purpose-emotional_support = rozmowa i wsparcie w trudnych chwilach
purpose-social_support = pomoc w codziennym życiu
purpose-safe_shelter = bezpieczne miejsce do mieszkania
purpose-medical = lekarz i leczenie
purpose-legal = pomoc prawnika
purpose-safe_return = bezpieczny powrót, jeśli chce Pani wrócić
purpose-social_inclusion = nowy początek po powrocie
purpose-tracing = szukanie osoby zaginionej
purpose-compensation = pieniądze za doznaną krzywdę
purpose-identification = oficjalne uznanie tego, co Panią spotkało
purpose-interpretation = tłumaczka lub tłumacz
purpose-financial = pomoc finansowa
purpose-education_work = szkoła, nauka zawodu i praca

country =
    { $code ->
        [AL] Albania
        [AM] Armenia
        [AT] Austria
        [AZ] Azerbejdżan
        [BA] Bośnia i Hercegowina
        [BE] Belgia
        [BG] Bułgaria
        [BY] Białoruś
        [CH] Szwajcaria
        [CY] Cypr
        [CZ] Czechy
        [DE] Niemcy
        [DK] Dania
        [EE] Estonia
        [ES] Hiszpania
        [FI] Finlandia
        [FR] Francja
        [GB] Wielka Brytania
        [GE] Gruzja
        [GR] Grecja
        [HR] Chorwacja
        [HU] Węgry
        [IE] Irlandia
        [IS] Islandia
        [IT] Włochy
        [LT] Litwa
        [LU] Luksemburg
        [LV] Łotwa
        [MD] Mołdawia
        [ME] Czarnogóra
        [MK] Macedonia Północna
        [MT] Malta
        [NG] Nigeria
        [NL] Holandia
        [NO] Norwegia
        [PL] Polska
        [PT] Portugalia
        [RO] Rumunia
        [RS] Serbia
        [RU] Rosja
        [SE] Szwecja
        [SI] Słowenia
        [SK] Słowacja
        [TH] Tajlandia
        [TR] Turcja
        [UA] Ukraina
        [US] Stany Zjednoczone
        [VN] Wietnam
       *[other] { $code }
    }
