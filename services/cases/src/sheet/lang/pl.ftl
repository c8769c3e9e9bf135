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
shares-none-emergency = W tej chwili nie zgodziła się Pani, żeby ktokolwiek poza naszym biurem coś o Pani wiedział. Jednak w nagłej sytuacji coś przekazaliśmy i te informacje nadal tam są. Jest to opisane niżej.
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
onward-yes = Tylko jeśli znowu powie Pani „tak”. Mogą Panią zapytać, czy wolno im przekazać to innym, którzy Pani pomagają.
onward-no = Nie. Tylko jeśli zaczną za Panią odpowiadać, mogą Panią o to zapytać. Bez Pani „tak” nie mogą tego przekazać nikomu.

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
became-asked = Napisaliśmy do nich { $date }, że muszą wszystko usunąć. Nasza wiadomość jeszcze do nich nie dotarła. Próbujemy dalej. Proszę nas o to zapytać.
became-told = Powiadomiliśmy ich { $date }, że muszą wszystko usunąć. Czekamy na odpowiedź.
became-acknowledged = Potwierdzili { $date }, że o tym wiedzą. Zablokowali te dane i muszą je usunąć.
became-erased = Usunęli wszystko { $date }.
became-erased-consented = Usunęli { $date } wszystko, co mogli wiedzieć za Pani zgodą.
became-part-kept = Zachowują część danych do { $date }. Nie wolno im użyć ich do niczego innego.
became-no-answer = Powiadomiliśmy ich, że muszą wszystko usunąć. Nie odpowiadają od { $date }. Proszę nas zapytać, co z tym robimy.
became-emergency = Nadal mają to, co przekazaliśmy w nagłej sytuacji. Jest to opisane niżej.
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
review-late = Jeszcze nie. Powinno to było zostać sprawdzone do { $date }. Proszę nas o to zapytać.
review-upheld = Tak, { $date }. Przekazanie tych informacji było słuszne.
review-overturned = Tak, { $date }. Nie należało tego przekazywać. Poprosiliśmy o usunięcie tych danych.
label-kept = Jak długo to mają?
kept-until = Muszą to usunąć najpóźniej { $date }.
kept-over = Powinni byli to usunąć do { $date }. Nie wiemy jeszcze, czy to zrobili. Proszę nas o to zapytać.
kept-asked = Napisaliśmy do nich { $date }, że muszą to usunąć. Nasza wiadomość jeszcze do nich nie dotarła. Próbujemy dalej. Proszę nas o to zapytać.
kept-told = Powiadomiliśmy ich { $date }, że muszą to usunąć. Czekamy na odpowiedź.
kept-erased = Usunęli to { $date }.

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

bundle-page-name = Co mamy o Pani
bundle-safe = Ta strona mówi o Pani wiele. Proszę trzymać ją tam, gdzie nie znajdzie jej nikt, kto mógłby Panią skrzywdzić. Tego, co ktoś skopiował, nie da się cofnąć.
bundle-about = Od: { $office }. Stan z dnia { $date }. Pani kod: { $code }.
bundle-original = To, co ktoś napisał, jest tu tak, jak to napisał. Nie tłumaczyliśmy tego. Niektóre części są tylko po angielsku i są oznaczone. Proszę nas zapytać: wyjaśnimy je albo przeczytamy na głos.
bundle-english = Po angielsku:
bundle-record = Dokładne czasy i numery są w pliku { $file }. Jest on dla komputerów.
bundle-recorded-heading = Co o Pani zapisano
bundle-messages-heading = Wiadomości o Pani między biurami
bundle-agreed-heading = Na co się Pani zgodziła, a na co nie
bundle-holders-heading = Kto co ma, od kiedy i dlaczego
bundle-referrals-heading = Które biura szukały dla Pani pomocy
bundle-journeys-heading = Pani podróże
bundle-happened-heading = Co się działo
bundle-looked-heading = Kto to oglądał
bundle-looked-what = Za każdym razem, gdy ktoś w naszym biurze otwiera część tych danych, zapisuje się, kto to był i kiedy. Tutaj widać, kiedy i którą część. Jeśli chce Pani wiedzieć, kto to był, proszę nas zapytać.
bundle-looked-now = Do tej strony także otwarto części danych: { $date }. Ile: { $count }.
bundle-nothing = Nic.
bundle-label-what = Co
bundle-label-since = Od kiedy
bundle-basis-consent = Pani się na to zgodziła.
bundle-basis-reply = To wiadomość o pracy z Panią.
bundle-basis-emergency = To była nagła sytuacja. Nie zapytano Pani wcześniej.
bundle-basis-own_case = Należy to do tego, co to biuro samo zapisało.
bundle-until = Najdłużej do { $date }.
bundle-here = Tak długo, jak to biuro przechowuje to, co o Pani zapisało.
bundle-given = Powiedziała Pani „tak” { $date }.
bundle-narrowed = Zgodziła się Pani na mniej { $date }.
bundle-renewed = Zgodziła się Pani na dłużej { $date }.
bundle-gone-erased = Usunięto to. Nikt nie może już tego przeczytać.
bundle-gone-locked = Jest to zablokowane i zostanie usunięte. Nikomu nie wolno tego czytać.
bundle-gone-not_shared = Nie przekazano tego temu biuru.
bundle-gone-key_lost = Nie da się już tego otworzyć: klucz zaginął.
bundle-gone-unreadable = Nie udało się tego otworzyć. Proszę nas o to zapytać.

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
