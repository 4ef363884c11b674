"""What is to be done in the demo shop, in the languages of who works there."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """One reminder: so many days from the first day, at which hour, about whom, in words by language."""

    days: int
    hour: str
    about: str
    words: Mapping[str, str]


@dataclass(frozen=True)
class Card:
    """Whom to greet by voice, and in which words."""

    about: str
    say: str


TASKS = (
    Task(-1, "10:00", "rachel", {
        "en": "Send her the offer for two lamps", "ur": "انہیں دو لیمپوں کی پیشکش بھیجیں",
        "bn": "তাঁকে দুটি বাতির দর পাঠান", "ne": "उहाँलाई दुई बत्तीको प्रस्ताव पठाउने", "he": "לשלוח לה הצעת מחיר לשתי מנורות",
    }),
    Task(0, "12:00", "arif", {
        "en": "Say sorry for the late delivery", "ur": "دیر سے ڈیلیوری پر معذرت کریں",
        "bn": "দেরিতে ডেলিভারির জন্য দুঃখ প্রকাশ করুন", "ne": "ढिलो डेलिभरीका लागि माफी माग्ने", "he": "להתנצל על האיחור במשלוח",
    }),
    Task(1, "10:00", "maya", {
        "en": "Ask whether the price list came", "ur": "پوچھیں کہ قیمتوں کی فہرست ملی یا نہیں",
        "bn": "দামের তালিকা পেয়েছেন কি না জিজ্ঞেস করুন", "ne": "मूल्यसूची पुग्यो कि सोध्ने", "he": "לשאול אם מחירון המוצרים הגיע",
    }),
)  # fmt: skip
CARD = Card("grace", "Grace, it is a year since you first came to us. Thank you! We hope to see you again soon.")
NEWS: Mapping[str, tuple[str, str]] = {
    "en": ("The demo shop is in", "Its customers are made up. Try everything on them; nobody gets a mail."),
    "ur": ("نمونے کی دکان آ گئی ہے", "اس کے گاہک فرضی ہیں۔ ان پر سب کچھ آزمائیں؛ کسی کو ای میل نہیں جاتی۔"),
    "bn": ("নমুনা দোকান এসে গেছে", "এর গ্রাহকেরা কাল্পনিক। তাঁদের নিয়ে সবকিছু পরখ করে দেখুন; কেউ ই-মেইল পাবেন না।"),
    "ne": ("नमुना पसल आएको छ", "यसका ग्राहक काल्पनिक हुन्। उनीहरूमा सबै कुरा प्रयास गर्नुहोस्; कसैलाई इमेल जाँदैन।"),
    "he": ("חנות ההדגמה נכנסה", "הלקוחות שלה בדויים. אפשר לנסות עליהם הכול; איש אינו מקבל דואר."),
}
