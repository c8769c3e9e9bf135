# The sharing sheet in English.
# Written for a person who is tired and may read little: short sentences, warm, no words of the law.
# $office, $recipient and $code are names from outside: build the sentence so that they need no ending.

page-name = Information sheet
title = Who may know what about you

fact-office = From: { $office }
fact-code = Your code: { $code }
fact-printed = Printed on { $date }

date =
    { $day } { $month ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[12] December
    } { $year }

introduction-heading = What this sheet is
introduction-what = This sheet is for you. It shows who may know something about you, what they may know, what it is for, and until when.
introduction-yours = What you tell us belongs to you. You decide who gets it. Only when somebody is in danger may we pass on something without asking you. If that has happened, you will find it on this sheet.
introduction-today = The sheet shows how things stood on { $date }. If something changes, ask us for a new one.
introduction-ask = Is something not clear? Ask us. We are happy to explain it or to read it to you.
introduction-erased = We erased everything that we had written down about you. That was on { $date }. What is left is who was told something, and when.

shares-heading = Who may know something now
shares-none = At the moment nobody outside our office gets anything about you.
shares-none-emergency = At the moment you have allowed nobody outside our office to know anything about you. But something was shared in an emergency, and it is still there. You find it below.
shares-count =
    { $count ->
        [one] You have allowed this for one organisation:
       *[other] You have allowed this for { $count } organisations:
    }
shares-after = When the last day is over, your permission ends by itself. Then we ask the organisation to erase what it has about you. It goes on only if you say yes again.
share-title = { $recipient } ({ $country })

label-categories = What they may know
label-purposes = What for
label-period = From when, until when
period = From { $from } until { $until }. That is the last day.
label-onward = May they pass it on?
onward-yes = Only if you say yes again. They may ask you whether they may give it to others who help you.
onward-no = No. Only if they become responsible for you may they ask you. Without your yes they may give it to nobody.

withheld-heading = What stays with us
withheld-what = We have written this down. We share it with nobody:

ended-heading = What has ended
recipient-title = { $recipient }
label-ending = What happened
ending-refused = You said no on { $date }. We keep to that.
ending-withdrawn = You took back your permission on { $date }.
ending-expired = Your permission ended. The last day was { $date }.
label-became = What they did with your information
became-nothing-sent = They had not received anything.
became-asked = On { $date } we wrote to them that they must erase everything. Our message has not reached them yet. We keep trying. Ask us about it.
became-told = On { $date } we told them to erase everything. We are waiting for their answer.
became-acknowledged = On { $date } they confirmed that they have our message. They have locked your information and must erase it.
became-erased = They erased everything on { $date }.
became-erased-consented = On { $date } they erased everything that you had allowed them to know.
became-part-kept = They keep a part of it until { $date }. They may not use it for anything else.
became-no-answer = We told them to erase everything. They have not answered since { $date }. Ask us what we are doing about it.
became-emergency = They still have what we shared in an emergency. You find it below.
retention-legal_obligation = Reason: the law says they must keep it.
retention-legal_claims = Reason: it is needed for a court case or a legal claim.
retention-public_health = Reason: it is needed to protect the health of other people.

emergencies-heading = What we shared in an emergency
emergencies-what = Normally we ask you first. If there is great danger, we may share what is most needed without asking you. This has happened here:
label-told = What they were told
label-ground = Why
emergency-vital_interests = To save a life: yours or somebody else’s.
emergency-duty_to_warn = Somebody was in danger and had to be warned.
label-when = When
when = On { $date }
label-review = Was it checked?
review-open = Not yet. Within three days we check whether it was right. Ask us about it.
review-late = Not yet. It should have been checked by { $date }. Ask us about it.
review-upheld = Yes, on { $date }. It was right to share it.
review-overturned = Yes, on { $date }. It should not have been shared. We asked them to erase it.
label-kept = How long do they have it?
kept-until = They must erase it by { $date } at the latest.
kept-over = They had to erase it by { $date }. We have not heard yet that they did. Ask us about it.
kept-asked = On { $date } we wrote to them that they must erase it. Our message has not reached them yet. We keep trying. Ask us about it.
kept-told = On { $date } we told them to erase it. We are waiting for their answer.
kept-erased = They erased it on { $date }.

withdraw-heading = You can change your mind at any time
withdraw-how = Tell the person who supports you, or anybody in our office. You can say it, call, write, or let somebody you trust tell us. Every way is fine.
withdraw-reason = You do not have to say why.
withdraw-part = You can also take back only a part: for one organisation, or for one kind of information.
withdraw-help = Nothing bad will happen to you because of it. We go on helping you as far as we can. If some help is not possible without this information, we tell you openly.
withdraw-erase = We tell the organisation to erase what it has about you. You will hear from us what it has done.
withdraw-kept = Sometimes the law says that a part must be kept for some time. Then we tell you what, why, and how long.
withdraw-undone = One thing cannot be undone: what somebody has already read, they have read.

rights-heading = Your rights
rights-see = You may see what we have written about you, and get a copy. It costs nothing.
rights-correct = If something is wrong or missing, you may have it put right.
rights-complain = If you are not content with how we handle your information, you may complain: to us, or to the data protection authority. We can help you with it.

safety-heading = Keep this sheet safe
safety-keep = Keep it where nobody who could harm you can find it.
safety-leave = You do not have to take it with you. You can read it here at any time.

bundle-page-name = What we hold about you
bundle-safe = This page tells much about you. Keep it where nobody who could harm you finds it. What somebody has copied cannot be called back.
bundle-about = From { $office }, as it was on { $date }. Your code: { $code }.
bundle-original = What people wrote stands here as they wrote it. We have not translated it. Some parts are only in English; they are marked. Ask us: we explain them or read them to you.
bundle-english = In English:
bundle-record = The exact times and numbers are in the file { $file }. It is made for computers.
bundle-recorded-heading = What is written down about you
bundle-messages-heading = Messages about you between offices
bundle-agreed-heading = What you allowed and what you did not
bundle-holders-heading = Who has what, since when and why
bundle-referrals-heading = Which offices looked for help for you
bundle-journeys-heading = Your journeys
bundle-happened-heading = What happened
bundle-looked-heading = Who looked at it
bundle-looked-what = Each time somebody in our office opens a part of this, our log notes who it was and when. Here you see when and which part. If you want to know who it was, ask us.
bundle-looked-now = For this page, too, we opened parts on { $date }. How many: { $count }.
bundle-nothing = Nothing.
bundle-label-what = What
bundle-label-since = Since when
bundle-basis-consent = You allowed it.
bundle-basis-reply = It is a message about the work with you.
bundle-basis-emergency = It was an emergency. You were not asked first.
bundle-basis-own_case = It belongs to what this office wrote down itself.
bundle-until = Until { $date } at the latest.
bundle-here = As long as this office keeps what it wrote about you.
bundle-given = You said yes on { $date }.
bundle-narrowed = You allowed less on { $date }.
bundle-renewed = You said yes for longer on { $date }.
bundle-gone-erased = It was erased. Nobody can read it any more.
bundle-gone-locked = It is locked and will be erased. Nobody may read it.
bundle-gone-not_shared = It was not given to this office.
bundle-gone-key_lost = It cannot be opened any more: the key was lost.
bundle-gone-unreadable = It could not be opened. Ask us about it.

category-triage = what help you need and how soon, without your name
category-identity = your name and who you are
category-contact = how to reach you safely
category-safety = who or what is a danger to you, and how to protect you
category-travel = your travel papers and your journey
category-shelter = where you stay and what you need there
category-health = your health and treatment
category-legal = your right to stay, and what concerns court and police
category-family = your family and the people you care for
category-work = your work, how you were exploited, and money that is owed to you
category-narrative = what you have told about your life, in your own words
category-coordination = messages among those who help you, such as appointments
category-office = our own working notes

purpose-emotional_support = somebody to talk to in hard times
purpose-social_support = help with everyday life
purpose-safe_shelter = a safe place to stay
purpose-medical = doctors and treatment
purpose-legal = help from a lawyer
purpose-safe_return = a safe journey back, if you want to go
purpose-social_inclusion = a new start after you have come back
purpose-tracing = finding a missing person
purpose-compensation = money for what was done to you
purpose-identification = official recognition of what was done to you
purpose-interpretation = an interpreter
purpose-financial = help with money
purpose-education_work = school, training and work

country =
    { $code ->
        [AL] Albania
        [AM] Armenia
        [AT] Austria
        [AZ] Azerbaijan
        [BA] Bosnia and Herzegovina
        [BE] Belgium
        [BG] Bulgaria
        [BY] Belarus
        [CH] Switzerland
        [CY] Cyprus
        [CZ] Czechia
        [DE] Germany
        [DK] Denmark
        [EE] Estonia
        [ES] Spain
        [FI] Finland
        [FR] France
        [GB] United Kingdom
        [GE] Georgia
        [GR] Greece
        [HR] Croatia
        [HU] Hungary
        [IE] Ireland
        [IS] Iceland
        [IT] Italy
        [LT] Lithuania
        [LU] Luxembourg
        [LV] Latvia
        [MD] Moldova
        [ME] Montenegro
        [MK] North Macedonia
        [MT] Malta
        [NG] Nigeria
        [NL] Netherlands
        [NO] Norway
        [PL] Poland
        [PT] Portugal
        [RO] Romania
        [RS] Serbia
        [RU] Russia
        [SE] Sweden
        [SI] Slovenia
        [SK] Slovakia
        [TH] Thailand
        [TR] Turkey
        [UA] Ukraine
        [US] United States
        [VN] Vietnam
       *[other] { $code }
    }
