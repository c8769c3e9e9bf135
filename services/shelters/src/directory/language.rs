//! Languages: ISO 639 codes and the names that directories write.

use core::fmt;
use std::collections::HashMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::fold::fold;

/// A language: ISO 639-1 where there is such a code, else ISO 639-3.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LanguageCode(String);

impl LanguageCode {
    /// Reads a two- or three-letter code (with or without a region, `pt-BR`) or a name, in any case; `None` when it
    /// is none that is known.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let folded = fold(text);
        let key = folded.trim();
        let whole = BY_WORD.get(key);
        let code =
            whole.or_else(|| BY_WORD.get(key.split_once(['-', '_'])?.0).filter(|_| key.len() <= 12))?;
        Some(Self((*code).to_owned()))
    }

    /// Two or three lower-case letters.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0
    }

    /// The English name.
    #[must_use]
    pub fn english(&self) -> &'static str {
        TABLE
            .lines()
            .filter_map(|line| line.split_once(' '))
            .find(|(code, _)| *code == self.0)
            .and_then(|(_, rest)| rest.split_once(' ')?.1.split('|').next())
            .unwrap_or("")
    }
}

impl fmt::Display for LanguageCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for LanguageCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LanguageCode({})", self.0)
    }
}

/// Every code and name, folded, to the code that is kept.
static BY_WORD: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for line in TABLE.lines() {
        let mut parts = line.splitn(3, ' ');
        let (Some(code), Some(longer), Some(names)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        for word in [code].into_iter().chain(longer.split(',')).chain(names.split('|')) {
            words.entry(fold(word)).or_insert(code);
        }
    }
    words
});

/// One language a line: the code kept, longer codes, then names, the English one first.
const TABLE: &str = "\
ab abk Abkhazian
aa aar Afar
af afr Afrikaans
ak aka Akan|Fante
sq sqi,alb Albanian|Shqip
am amh Amharic|አማርኛ
ar ara,arb Arabic|العربية
an arg Aragonese
hy hye,arm Armenian|Հայերեն
as asm Assamese
av ava Avaric
ae ave Avestan
ay aym Aymara
az aze Azerbaijani|Azeri
bm bam Bambara
ba bak Bashkir
eu eus,baq Basque|Euskara
be bel Belarusian|Беларуская
bn ben Bengali|Bangla|বাংলা
bi bis Bislama
bs bos Bosnian|Bosanski
br bre Breton
bg bul Bulgarian|Български
my mya,bur Burmese|Myanmar
ca cat Catalan|Valencian|Català
ch cha Chamorro
ce che Chechen
ny nya Chichewa|Nyanja|Chewa
zh zho,chi,cmn,yue Chinese|Mandarin|Cantonese|中文|Mandarin Chinese
cu chu Church Slavic
cv chv Chuvash
kw cor Cornish
co cos Corsican
cr cre Cree
hr hrv Croatian|Hrvatski
cs ces,cze Czech|Čeština
da dan Danish|Dansk
dv div Divehi|Maldivian
nl nld,dut Dutch|Flemish|Nederlands
dz dzo Dzongkha
en eng English
eo epo Esperanto
et est Estonian|Eesti
ee ewe Ewe
fo fao Faroese
fj fij Fijian
fi fin Finnish|Suomi
fr fra,fre French|Français
ff ful Fulah|Fula|Fulani|Pulaar
gl glg Galician
ka kat,geo Georgian|ქართული
de deu,ger German|Deutsch
el ell,gre Greek|Modern Greek|Ελληνικά
gn grn Guarani
gu guj Gujarati
ht hat Haitian Creole|Haitian|Creole|Kreyol
ha hau Hausa
he heb Hebrew|עברית
hz her Herero
hi hin Hindi|हिन्दी
ho hmo Hiri Motu
hu hun Hungarian|Magyar
ia ina Interlingua
id ind Indonesian|Bahasa Indonesia
ie ile Interlingue
ga gle Irish
ig ibo Igbo
ik ipk Inupiaq
io ido Ido
is isl,ice Icelandic
it ita Italian|Italiano
iu iku Inuktitut
ja jpn Japanese|日本語
jv jav Javanese
kl kal Kalaallisut|Greenlandic
kn kan Kannada
kr kau Kanuri
ks kas Kashmiri
kk kaz Kazakh|Қазақша
km khm Khmer|Cambodian|Central Khmer
ki kik Kikuyu|Gikuyu
rw kin Kinyarwanda
ky kir Kyrgyz|Kirghiz|Кыргызча
kv kom Komi
kg kon Kongo
ko kor Korean|한국어
ku kur,kmr,ckb,sdh Kurdish|Kurmanji|Sorani|Kurdî
kj kua Kuanyama
la lat Latin
lb ltz Luxembourgish
lg lug Ganda|Luganda
li lim Limburgish
ln lin Lingala
lo lao Lao|Laotian
lt lit Lithuanian|Lietuvių
lu lub Luba-Katanga
lv lav Latvian|Latviešu
gv glv Manx
mk mkd,mac Macedonian|Македонски
mg mlg Malagasy
ms msa,may,zsm Malay|Bahasa Melayu
ml mal Malayalam
mt mlt Maltese|Malti
mi mri,mao Maori
mr mar Marathi
mh mah Marshallese
mn mon Mongolian
na nau Nauru
nv nav Navajo
nd nde North Ndebele
ne nep Nepali|नेपाली
ng ndo Ndonga
nb nob Norwegian Bokmål|Bokmål
nn nno Norwegian Nynorsk|Nynorsk
no nor Norwegian|Norsk
ii iii Sichuan Yi|Nuosu
nr nbl South Ndebele
oc oci Occitan
oj oji Ojibwa
om orm Oromo|Afaan Oromo
or ori Oriya|Odia
os oss Ossetian
pa pan Punjabi|Panjabi
pi pli Pali
fa fas,per,prs,pes Persian|Farsi|Dari|فارسی
pl pol Polish|Polski
ps pus Pashto|Pushto|پښتو
pt por Portuguese|Português
qu que Quechua
rm roh Romansh
rn run Rundi|Kirundi
ro ron,rum Romanian|Moldovan|Română
ru rus Russian|Русский
sa san Sanskrit
sc srd Sardinian
sd snd Sindhi
se sme Northern Sami
sm smo Samoan
sg sag Sango
sr srp Serbian|Српски|Srpski
gd gla Scottish Gaelic|Gaelic
sn sna Shona
si sin Sinhala|Sinhalese
sk slk,slo Slovak|Slovenčina
sl slv Slovenian|Slovene|Slovenščina
so som Somali|Soomaali
st sot Southern Sotho|Sesotho
es spa Spanish|Castilian|Español
su sun Sundanese
sw swa,swh Swahili|Kiswahili
ss ssw Swati
sv swe Swedish|Svenska
ta tam Tamil|தமிழ்
te tel Telugu
tg tgk Tajik|Тоҷикӣ
th tha Thai|ไทย
ti tir Tigrinya|ትግርኛ
bo bod,tib Tibetan
tk tuk Turkmen
tl tgl,fil Tagalog|Filipino|Pilipino
tn tsn Tswana|Setswana
to ton Tongan|Tonga
tr tur Turkish|Türkçe
ts tso Tsonga
tt tat Tatar
tw twi Twi
ty tah Tahitian
ug uig Uyghur|Uighur
uk ukr Ukrainian|Українська
ur urd Urdu|اردو
uz uzb Uzbek|Oʻzbekcha
ve ven Venda
vi vie Vietnamese|Tiếng Việt
vo vol Volapük
wa wln Walloon
cy cym,wel Welsh|Cymraeg
wo wol Wolof
fy fry Western Frisian|Frisian
xh xho Xhosa
yi yid Yiddish
yo yor Yoruba
za zha Zhuang
zu zul Zulu
rom rom Romani|Romany
rue rue Rusyn
bin bin Edo|Bini
ceb ceb Cebuano
hmn hmn Hmong
kar kar Karen
kri kri Krio
luo luo Luo|Dholuo
man man Mandinka|Mandingo
tpi tpi Tok Pisin
sgn sgn,ase,bfi Sign Language|American Sign Language|ASL|BSL|British Sign Language
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_are_one_language() {
        for text in ["uk", "UKR", "Ukrainian", "українська", "Українська ", "uk-UA"] {
            assert_eq!(LanguageCode::parse(text).as_ref().map(LanguageCode::code), Some("uk"), "{text}");
        }
        for (text, code) in
            [("Castilian", "es"), ("cze", "cs"), ("Farsi", "fa"), ("pt_BR", "pt"), ("Romani", "rom")]
        {
            assert_eq!(LanguageCode::parse(text).as_ref().map(LanguageCode::code), Some(code), "{text}");
        }
        for text in ["", "xx", "Klingon", "u", "-", "_"] {
            assert_eq!(LanguageCode::parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_code_has_an_english_name_and_stands_once() {
        let codes: Vec<_> = TABLE.lines().filter_map(|line| line.split(' ').next()).collect();
        for code in &codes {
            let language = LanguageCode::parse(code).unwrap();
            assert_eq!(language.code(), *code);
            assert!(!language.english().is_empty(), "{code}");
        }
        assert_eq!(codes.iter().collect::<std::collections::BTreeSet<_>>().len(), codes.len());
    }
}
