"""The words that stand above columns and in cells of choice: English, Urdu, Bengali, Nepali, Hebrew.

English ones include what Google Contacts, Outlook, Mailchimp, HubSpot, Shopify and tills write into their exports.
All are compared loosely folded (`crm.core.text.words`), so accents, points, case and signs do not matter.
"""

HEADERS = {
    "name": "name | full name | customer | customer name | client | client name | contact | contact name | display name"
    " | fn | company name | company | account name | organisation | organization | person | patient | patient name"
    " | نام | پورا نام | گاہک | گاہک کا نام | نام گاہک | صارف کا نام | مریض کا نام"
    " | নাম | পুরো নাম | পূর্ণ নাম | গ্রাহক | গ্রাহকের নাম | ক্রেতার নাম"
    " | नाम | पूरा नाम | पुरा नाम | नाम थर | ग्राहक | ग्राहकको नाम"
    " | שם | שם מלא | שם לקוח | שם הלקוח | לקוח | איש קשר"
    " | الاسم | اسم العميل | الاسم الكامل",
    "given_name": "given name | first name | firstname | forename | fname | پہلا نام | প্রথম নাম | নামের প্রথম অংশ"
    " | पहिलो नाम | שם פרטי",
    "middle_name": "middle name | additional name | درمیانی نام | মধ্য নাম | बीचको नाम | שם אמצעי",
    "family_name": "family name | last name | lastname | surname | lname | خاندانی نام | آخری نام | শেষ নাম | পদবি"
    " | বংশের নাম | थर | अन्तिम नाम | שם משפחה",
    "kind": "kind | customer type | contact type | customer kind | قسم | ধরন | প্রকার | प्रकार | סוג | סוג לקוח",
    "email": "email | e mail | mail | email address | e mail address | e mail 1 value | email 1 | primary email"
    " | ای میل | ایمیل | برقی پتہ | ای میل پتہ | ইমেইল | ই মেইল | ইমেল | ইমেইল ঠিকানা | इमेल | ईमेल | इमेल ठेगाना"
    " | דואל | דוא ל | דואר אלקטרוני | אימייל | מייל | כתובת מייל",
    "phone": "phone | phone number | telephone | tel | mobile | mobile number | mobile phone | cell | cell phone"
    " | phone 1 value | primary phone | contact number | contact no | mobile no | phone no | whatsapp | sms"
    " | فون | فون نمبر | موبائل | موبائل نمبر | ٹیلیفون | رابطہ نمبر | ফোন | ফোন নম্বর | মোবাইল | মোবাইল নম্বর"
    " | फोन | फोन नम्बर | मोबाइल | मोबाइल नम्बर | सम्पर्क नम्बर | טלפון | מספר טלפון | נייד | טלפון נייד | סלולרי | פלאפון",
    "birthday": "birthday | birth day | birthdate | birth date | date of birth | dob | born"
    " | سالگرہ | تاریخ پیدائش | یوم پیدائش | জন্মদিন | জন্ম তারিখ | জন্মতারিখ | जन्मदिन | जन्म मिति | जन्ममिति"
    " | יום הולדת | תאריך לידה | ת לידה",
    "joined_on": "joined | joined on | join date | date joined | member since | customer since | signup date"
    " | شمولیت | تاریخ شمولیت | যোগদান | যোগদানের তারিখ | सदस्यता मिति | सामेल मिति | תאריך הצטרפות | הצטרפות",
    "gender": "gender | sex | جنس | صنف | লিঙ্গ | लिङ्ग | מין | מגדר",
    "income_band": "income band | income | income group | آمدنی | আয় | आय | आम्दानी | הכנסה",
    "payment_method": "payment method | payment | paid by | method of payment | payment type | ادائیگی | طریقہ ادائیگی"
    " | পেমেন্ট | পরিশোধের মাধ্যম | भुक्तानी | भुक्तानी माध्यम | תשלום | אמצעי תשלום | אופן תשלום",
    "purchase_purpose": "purchase purpose | reason for buying | خریداری کا مقصد | কেনার উদ্দেশ্য | खरिदको उद्देश्य"
    " | מטרת רכישה",
    "language": "language | lang | preferred language | locale | زبان | ভাষা | भाषा | שפה",
    "timezone": "timezone | time zone | tz | منطقہ وقت | সময় অঞ্চল | समय क्षेत्र | אזור זמן",
    "address": "address | full address | postal address | mailing address | home address | address 1 formatted"
    " | پتہ | مکمل پتہ | ঠিকানা | ठेगाना | כתובת",
    "street": "street | street address | address line 1 | address 1 street | address1 | گلی | সড়ক | রাস্তা | सडक | टोल"
    " | רחוב",
    "city": "city | town | address 1 city | شہر | শহর | शहर | नगर | עיר | יישוב | ישוב",
    "region": "region | state | province | district | state province | صوبہ | ضلع | জেলা | বিভাগ | जिल्ला | प्रदेश | מחוז",
    "postcode": "postcode | postal code | post code | zip | zip code | zipcode | pin code"
    " | پوسٹل کوڈ | পোস্ট কোড | ডাক কোড | हुलाक कोड | מיקוד",
    "country": "country | country region | address 1 country | ملک | দেশ | देश | ארץ | מדינה",
    "source": "source | lead source | how did you hear about us | ذریعہ | উৎস | स्रोत | מקור | מקור הגעה",
    "owner": "owner | assigned to | account manager | salesperson | contact owner | مالک | দায়িত্বপ্রাপ্ত | जिम्मेवार | אחראי",
    "tags": "tags | tag | labels | label | group membership | groups | ٹیگ | ট্যাগ | ट्याग | תגיות | תגית | תוויות",
    "consent.greeting": "greetings | greeting consent | consent greeting | مبارکباد | শুভেচ্ছা | शुभकामना | ברכות",
    "consent.marketing": "marketing | marketing consent | consent marketing | newsletter | accepts marketing | opt in"
    " | email marketing | email opt in | accepts email marketing | اشتہارات | تشہیر کی اجازت | বিপণন | मार्केटिङ"
    " | דיוור | אישור דיוור | הסכמה לדיוור",
    "consent.service": "service messages | service consent | consent service | سروس پیغامات | সেবা বার্তা | सेवा सन्देश"
    " | הודעות שירות",
    "age_noted": "age | عمر | বয়স | उमेर | גיל",
    "reference": "id | reference | ref | external id | record id | customer id | customer no | customer number"
    " | customer code | number | no | receipt | receipt no | receipt number | invoice | invoice no | invoice number"
    " | order id | order number | شناخت | نمبر | রেফারেন্স | নম্বর | क्रम सङ्ख्या | नम्बर | מספר | מזהה | מספר קבלה"
    " | מספר חשבונית",
    "known_at": "updated | updated at | last modified | modified | modified date | last updated | تازہ کاری | হালনাগাদ"
    " | अद्यावधिक | עודכן | עדכון אחרון",
    "customer_reference": "customer | customer id | customer no | customer number | customer code | client id"
    " | account number | member number | card number | گاہک نمبر | গ্রাহক নম্বর | ग्राहक नम्बर | מספר לקוח",
    "customer_email": "email | e mail | mail | email address | customer email | client email | ای میل | ইমেইল | इमेल"
    " | ईमेल | דואל | דוא ל | אימייל | מייל",
    "customer_phone": "phone | phone number | telephone | mobile | customer phone | mobile number | فون | فون نمبر"
    " | موبائل | ফোন | মোবাইল | फोन | मोबाइल | טלפון | נייד",
    "amount": "amount | total | sum | price | value | total amount | net sales | paid | grand total | dollars"
    " | رقم | کل رقم | قیمت | পরিমাণ টাকা | মোট | টাকা | মূল্য | रकम | जम्मा | मूल्य | סכום | סהכ | סה כ | מחיר",
    "currency": "currency | currency code | کرنسی | মুদ্রা | मुद्रा | מטבע",
    "at": "at | date | time | when | date time | datetime | timestamp | purchase date | order date | sale date"
    " | transaction date | purchased at | created at | invoice date | bill date | call date | visit date"
    " | تاریخ | تاریخ خریداری | وقت | তারিখ | ক্রয়ের তারিখ | সময় | मिति | खरिद मिति | समय"
    " | תאריך | תאריך רכישה | מועד | שעה",
    "purpose": "purpose | occasion | مقصد | উদ্দেশ্য | उद्देश्य | מטרה",
    "place": "place | store | shop | branch | location | till | دکان | شاخ | জায়গা | দোকান | শাখা | पसल | शाखा | स्थान"
    " | חנות | סניף | מקום",
    "product": "product | product name | item | item name | article | lineitem name | مصنوعات | چیز | পণ্য | সামান"
    " | सामान | उत्पादन | מוצר | פריט",
    "quantity": "quantity | qty | count | units | cds | تعداد | مقدار | পরিমাণ | সংখ্যা | परिमाण | सङ्ख्या | כמות",
    "other_reference": "other | other customer | other id | related to | organisation id | head office id | referred by"
    " | دوسرا گاہک | متعلقہ | অন্য গ্রাহক | সম্পর্কিত | अर्को ग्राहक | सम्बन्धित | לקוח אחר | קשור אל",
    "other_email": "other email | other e mail | organisation email | دوسرا ای میل | অন্য ইমেইল | अर्को इमेल | דואל אחר",
    "other_phone": "other phone | organisation phone | دوسرا فون | অন্য ফোন | अर्को फोन | טלפון אחר",
    "roles": "roles | role | کردار | ভূমিকা | भूमिका | תפקידים",
    "title": "title | job title | position | designation | عہدہ | পদবী | पद | תואר | משרה",
    "from": "from | since | begins | start date | joined | سے | শুরু | देखि | מתאריך",
    "until": "until | to | ended | end date | left | تک | শেষ | सम्म | עד תאריך",
    "note": "note | notes | comment | نوٹ | মন্তব্য | टिप्पणी | הערה",
    "summary": "summary | note | notes | text | comment | comments | description | message | remarks | details"
    " | خلاصہ | نوٹ | تفصیل | মন্তব্য | বিবরণ | সারাংশ | टिप्पणी | विवरण | सारांश | הערה | הערות | תיאור | סיכום",
    "channel": "channel | medium | via | چینل | চ্যানেল | মাধ্যম | च्यानल | माध्यम | ערוץ | אמצעי",
}
KINDS_OF_CUSTOMERS = (
    ("person", ("person", "individual", "private", "فرد", "ব্যক্তি", "व्यक्ति", "אדם", "פרטי")),
    (
        "organisation",
        ("organisation", "organization", "company", "کمپنی", "ادارہ", "প্রতিষ্ঠান", "संस्था", "कम्पनी", "חברה", "ארגון"),
    ),
)
KINDS_OF_RELATIONS = (
    ("household", ("household", "family", "گھرانہ", "পরিবার", "परिवार", "משק בית", "משפחה")),
    ("member_of", ("member of", "member_of", "works for", "employee", "ملازم", "কর্মী", "कर्मचारी", "עובד")),
    ("member", ("member", "employs", "رکن", "সদস্য", "सदस्य", "חבר")),
    ("branch_of", ("branch of", "branch_of", "شاخ", "শাখা", "शाखा", "סניף של")),
    ("branch", ("branch", "head office of")),
    ("referred_by", ("referred by", "referred_by", "recommended by")),
    ("referred", ("referred", "recommended")),
    ("supplier", ("supplier", "vendor", "سپلائر", "সরবরাহকারী", "आपूर्तिकर्ता", "ספק")),
    ("partner", ("partner", "شراکت دار", "অংশীদার", "साझेदार", "שותף")),
)
GENDERS = (
    ("female", ("female", "f", "woman", "w", "عورت", "خاتون", "মহিলা", "নারী", "महिला", "स्त्री", "נקבה", "אישה", "נ")),
    ("male", ("male", "m", "man", "مرد", "পুরুষ", "पुरुष", "זכר", "גבר", "ז")),
)
KINDS_OF_INTERACTIONS = (
    ("call", ("call", "phone", "phone call", "کال", "فون", "কল", "ফোন", "कल", "फोन", "שיחה", "טלפון")),
    ("email", ("email", "e mail", "mail", "ای میل", "ইমেইল", "इमेल", "אימייל", "מייל")),
    ("meeting", ("meeting", "ملاقات", "সভা", "বৈঠক", "बैठक", "भेट", "פגישה")),
    ("visit", ("visit", "دورہ", "পরিদর্শন", "भ्रमण", "ביקור")),
    ("note", ("note", "notes", "نوٹ", "নোট", "नोट", "הערה")),
    ("interview", ("interview", "انٹرویو", "সাক্ষাৎকার", "अन्तर्वार्ता", "ראיון")),
    ("questionnaire", ("questionnaire", "survey", "سوالنامہ", "প্রশ্নপত্র", "প্রশ্নাবলী", "प्रश्नावली", "שאלון")),
    ("checkup", ("checkup", "check up", "data check")),
    ("complaint", ("complaint", "شکایت", "অভিযোগ", "गुनासो", "תלונה")),
)
YES = frozenset(
    ["yes", "y", "true", "t", "1", "x", "✓", "✔", "on", "subscribed", "ہاں", "جی", "হ্যাঁ", "হাঁ", "हो", "छ", "हाँ", "כן"]
)
NO = frozenset(["no", "n", "false", "f", "0", "off", "unsubscribed", "-", "نہیں", "না", "होइन", "छैन", "नहीं", "לא"])
LANGUAGES = {
    "en": "english | انگریزی | ইংরেজি | अङ्ग्रेजी | अंग्रेजी | אנגלית",
    "ur": "urdu | اردو | উর্দু | उर्दू | אורדו",
    "bn": "bengali | bangla | بنگالی | বাংলা | बंगाली | बङ्गाली | בנגלית",
    "ne": "nepali | نیپالی | নেপালি | नेपाली | נפאלית",
    "he": "hebrew | עברית | عبرانی | হিব্রু | हिब्रू",
    "hi": "hindi | ہندی | হিন্দি | हिन्दी | הינדי",
    "ar": "arabic | عربی | আরবি | अरबी | ערבית",
}


def of(field: str) -> tuple[str, ...]:
    """The headers under which the field is looked for, as they are written."""
    return tuple(word.strip() for word in HEADERS.get(field, "").split("|") if word.strip())
