"""Writes the awkward files beside this module, and with `--report` what reading them comes to.

`python -m tests.customers.files.make --report` overwrites the expected reports: read the difference before it is kept.
Each case names the complaint that it is modelled on, where there is one. Spreadsheets are kept as descriptions (see
tests/support/sheets.py), and the test builds them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NEPAL = {"language": "ne", "timezone": "Asia/Kathmandu"}
DE, US = "/mapping/columns/1/dates", "/mapping/country"


@dataclass(frozen=True)
class Case:
    """A file, what it is about, and the answers that are given to what is asked."""

    name: str
    about: str
    content: str | bytes | Mapping[str, Any]
    issue: str = ""
    encoding: str = "utf-8"
    kind: str = "customers"
    decided: Mapping[str, str] = field(default_factory=dict)
    business: Mapping[str, str] = field(default_factory=dict)


CASES = (
    Case(
        "wrong_order_answered",
        "An order of dates that the values do not have is not bent to fit: 07/30 became 7 June two years later.",
        "name,joined\nAli,07/30/2023\nBibi,02/03/2023\n",
        "espocrm/espocrm#2904",
        decided={DE: "dmy"},
    ),
    Case(
        "order_not_told_by_days",
        "All days are months, too: the order is asked for, not taken from a list of favourites.",
        "last_name,birthdate\nt1,12/3/2021\nt2,04/03/2021\n",
        "SuiteCRM/SuiteCRM#9462",
    ),
    Case(
        "one_order_for_the_column",
        "A day above 12 settles the order of all rows; none is turned around because it could be.",
        "name,joined\nAli,12/31/2025\nBibi,12/01/2025\nChand,02/03/2024\n",
        "dannymcc/may#250",
    ),
    Case(
        "two_orders_in_one_column",
        "Some rows fit only one order and some only the other: asked, and then the others are refused.",
        "name,joined\nAli,31/12/2023\nBibi,12/31/2023\nChand,02/03/2024\n",
        "odoo/documentation#157",
        decided={DE: "dmy"},
    ),
    Case(
        "with_and_without_years",
        "Birthdays with and without a year in one column keep what they say.",
        "name,birthday\nAli,1/15/2005\nBibi,1/15\nChand,--03-08\nDina,12/25/1990\nElif,1604-05-17\n",
        "ChurchCRM/CRM#8691",
    ),
    Case(
        "years_of_two_digits",
        "The century of two digits is asked for; 1952 was taken for 2052.",
        "name,birthday\nAli,23/04/52\nBibi,17/08/61\nChand,30/01/25\n",
        "frappe/erpnext#6867",
        decided={"/mapping/columns/1/century": "past"},
    ),
    Case(
        "serial_days_in_text",
        "Days as Excel counts them became 0000-00-00; here it is asked which count they are of.",
        "name,birthday\nAli,33006\nBibi,29221\n",
        "krayin/laravel-crm#2635",
    ),
    Case(
        "no_dates_at_all",
        "What databases write for no date is no date; a year alone or the 30 February is refused.",
        "name,birthday\nAli,0000-00-00\nBibi,1985\nChand,1990-02-30\nDina,1990-02-28\nElif,n/a\n",
        "krayin/laravel-crm#2635",
    ),
    Case(
        "dates_with_points",
        "1.2.1984 is a date, and no number with a point that parts thousands.",
        "name;birthday\nUwe;1.2.1984\nIda;24.12.1990\n",
        "odoo/odoo#111637",
    ),
    Case(
        "birthdays_as_moments",
        "A birthday that was midnight somewhere else slips by a day: refused. Midnight without a zone is a day.",
        "name,birthday\nAli,1990-05-12T19:00:00.000Z\nBibi,1985-03-04 00:00:00\nChand,1970-01-01T00:00:00Z\n",
        "hay-kot/homebox#106",
    ),
    Case(
        "bikram_sambat",
        "A Nepali shop's dates of 2045 lie behind it, in its own calendar.",
        "नाम,जन्म मिति\nसुनीता,२०४५-०८-१२\nराम,२०३२-०१-३२\n",
        business=NEPAL,
    ),
    Case(
        "bikram_sambat_or_not",
        "Years that are past in both calendars: asked.",
        "नाम,जन्म मिति\nसुनीता,1990-08-12\nराम,1985-01-30\n",
        business=NEPAL,
    ),
    Case(
        "local_digits",
        "Digits of Urdu, Bengali and Nepali in dates, phones and ages.",
        "نام,فون,سالگرہ,عمر\nعلی,۰۳۰۰۱۲۳۴۵۶۷,۱۳/۰۵/۱۹۹۰,۳۶\nরহিম,+৮৮০১৭১২৩৪৫৬৭৮,২৫/১২/১৯৮৫,৪০\nसुनीता,+९७७९८४१२३४५६७,०५/०६/१९७०,५६\n",
        decided={US: "PK"},
    ),
    Case(
        "months_as_words",
        "Months as words in five languages say their order themselves.",
        'name,birthday\nAli,12 March 1990\nBibi,"March 3, 1985"\nعلی,۵ جون ۱۹۷۰\nরহিম,৭ মার্চ ১৯৮০\n'
        "सुनीता,९ अप्रिल १९७५\nדנה,4 במאי 1988\nChand,3-Feb-1991\nDina,1st of August 1992\n",
    ),
    Case(
        "byte_order_mark",
        "The mark that Excel writes is no part of the first header.",
        "\ufeffemail,name\nali@shop.example,Ali\n",
        "knadh/listmonk#65, dotCMS/core#36508",
    ),
    Case(
        "excel_unicode_text",
        'Excel\'s "Unicode Text": UTF-16 with tabs.',
        "Name\tPhone\nسنیتا\t+923001234567\n",
        "openwisp/openwisp-radius#550, odoo/odoo#11792",
        encoding="utf-16",
    ),
    Case(
        "utf16_without_mark",
        "UTF-16 in the other order of bytes, without its mark.",
        "নাম;ফোন\nরহিম;+8801712345678\nকরিম;+8801812345678\n",
        encoding="utf-16-be",
    ),
    Case(
        "windows_dash",
        "The dash that Excel makes of a hyphen: cp1252, byte 0x96.",
        "name,address\nJosé García,Calle Mayor 10 – 20\nFrançois Müller,Köln\nRenée Lefèvre,Besançon\n",
        "glific/glific#5657",
        encoding="cp1252",
    ),
    Case(
        "hebrew_windows",
        "Hebrew of Windows (cp1255) came out as empty rows.",
        "שם,טלפון,תאריך לידה\nיוסי כהן,050-2345678,25/12/1980\nדנה לוי,052-7654321,13/01/1990\nמשה פרץ,,\n",
        "xibosignage/xibo#1367",
        encoding="cp1255",
        decided={US: "IL"},
    ),
    Case(
        "urdu_windows",
        "Urdu of Windows (cp1256): nearly sure, and so asked with the line to be read.",
        "نام,شہر\nمحمد علي,لاہور\nپرويز چوہدري,پشاور\nگلزار بٹ,کراچي\nفاطمہ,ملتان\n",
        "archimatetool/archi#348",
        encoding="cp1256",
        decided={"/reading/encoding": "cp1256"},
    ),
    Case(
        "polish_windows",
        "cp1250 and cp1252 make letters of the same bytes: asked.",
        "name\nLech Wałęsa\nJiří Dvořák\nŁukasz Żółć\n",
        encoding="cp1250",
        decided={"/reading/encoding": "cp1250"},
    ),
    Case(
        "one_line_in_another_encoding",
        "One row pasted in another encoding costs that row alone.",
        "name\nসুনীতা\n".encode() + b"Jos\xe9\n" + "রহিম\n".encode(),
        "glific/glific#5657",
        decided={"/reading/encoding": "utf-8"},
    ),
    Case(
        "semicolons",
        "Semicolons: 0 subscribers were imported, and it was called a success.",
        "id;email;first_name;last_name\n;test@test.example;Luca;Rossi\n",
        "mettle/sendportal#67, mautic/mautic#5076",
    ),
    Case(
        "padded_with_spaces",
        "Columns padded with spaces, and a space before each quotation mark.",
        'email                 , name              , tags\nhh@lpj.example        , Unknown Name      , "gold, new"\n'
        'es@gmail.example      , Essam             , "gold"\n',
        "knadh/listmonk#1070",
    ),
    Case(
        "old_macintosh_lines",
        "Lines that end with CR alone.",
        b"first_name,last_name,email\rJames,Butt,jbutt@gmail.example\rJosephine,Darakjy,jd@darakjy.example\r",
        "mautic/mautic#4552",
    ),
    Case(
        "line_breaks_in_cells",
        "A line break inside a quoted cell belongs to it; it made a second lead.",
        'name,address,phone\nAnna,"Main St 1\nSpringfield",+12025550123\nBert,"Road 2\r\n\r\nTown",+12025550124\n',
        "mautic/mautic#1379",
    ),
    Case(
        "torn_rows",
        "The same without quotation marks: two rows that were one are asked about, and refused.",
        "name,address,phone\nAnna,Main St 1\nSpringfield,+12025550123\nBert,Road 2,+12025550124\n",
        "mautic/mautic#1379",
    ),
    Case(
        "rows_of_nothing",
        "Rows of nothing but delimiters are nobody.",
        "Name,Email\nPS,sodbg@dogvj.example\nsog,osidbg@v.example\n,\n , \n\n,\nvodi,ein@c.example\n,\n",
        "mautic/mautic#1571, mautic/mautic#1932",
    ),
    Case(
        "short_rows",
        "A row that leaves out its last, empty cells was ignored.",
        "firstname,email,city\njerry,j@email.example,\ngeorge,g@email.example\nkramer,k@email.example,Apt 5B\n",
        "mautic/mautic#610",
    ),
    Case(
        "empty_is_empty",
        "An empty e-mail is not that of the row before.",
        "first_name;last_name;email1\nf1;l1;email1@test.example\nf2;l2;\nf3;l3;email3@test.example\nf4;l4;\n",
        "SuiteCRM/SuiteCRM#5574",
    ),
    Case(
        "spaces_around",
        "Spaces and no-break spaces around an address are none of it.",
        "name,email\nFranz,me@example.example \nIda,\u00a0ida@example.example\u00a0\nUwe, mailto:uwe@example.example\n",
        "oroinc/crm#357",
    ),
    Case(
        "all_quoted",
        "Every cell in quotation marks, as our and others' exports write them.",
        '"id","name","email"\n"4ac0-1","Ali ""AJ"" Khan","ali@shop.example"\n"4ac0-2","Bibi",""\n',
        "SuiteCRM/SuiteCRM#9165",
    ),
    Case(
        "inches",
        "A quotation mark in the middle of a cell means inches, and ends nothing.",
        'name,address\nPipe shop,12" main pipe\nSnow,6" of snow, said "ok"\nAli,Lahore\n',
        "opensourcepos/opensourcepos#224, barcradio/ultra-tracker#316",
    ),
    Case(
        "quotes_inside_quotes",
        "Quotation marks inside a quoted cell that nobody doubled.",
        'name,city\n"Joe "JJ" Smith",Lahore\n"Ali" Khan,Quetta\n"Bibi",Multan\n',
        "neo4j/neo4j-browser#1630",
    ),
    Case(
        "never_closed",
        "A quotation mark that is never closed costs its row and not the rest of the file.",
        'name,city\nAli,Lahore\n"Bibi,Quetta\nChand,Multan\nDina,Sukkur\n',
        "sqlitebrowser/sqlitebrowser#542",
    ),
    Case(
        "formulas_in_text",
        'Formulas in a text file are text; ="0300" is Excel\'s way to keep a zero; errors of formulas are refused.',
        'name,phone,city\n=HYPERLINK("http://evil.example"),="03001234567",Lahore\n"\'=1+1",,Quetta\n#REF!,,Multan\n'
        "+Ali,'+923007654321,@Sukkur\n",
        "CVE-2021-25960, CVE-2020-15301",
        decided={US: "PK"},
    ),
    Case(
        "phones_shortened",
        "4.41E+11 was a phone number once: refused, its digits are lost.",
        'name,phone\nAli,9.23E+11\nBibi,+923001234567\nChand,"9,23001E+11"\n',
        "Automattic/camptix#40",
        decided={US: "PK"},
    ),
    Case(
        "phones_without_country",
        "A leading zero stays, and whose country it leads in is asked.",
        "name,phone\nAn,0470 12 34 56\nBea,00 32 470 65 43 21\nCis,+32 470 11 22 33\nDirk,470998877\n",
        "SpartnerNL/Laravel-Excel#300, django-import-export/django-import-export#289",
        decided={US: "BE"},
    ),
    Case(
        "google_contacts",
        "The columns of Google Contacts, phones included.",
        "Name,Given Name,Additional Name,Family Name,Birthday,Notes,Group Membership,E-mail 1 - Type,E-mail 1 - Value,"
        "Phone 1 - Type,Phone 1 - Value,Phone 2 - Type,Phone 2 - Value\n"
        "Имя Фамилия,Имя,,Фамилия,,,* My Contacts ::: University ::: School,*,email@example.example,"
        "Mobile,+7 912 345-67-89,Work,+7 495 123-45-67\n",
        "owncloud-archive/contacts#827",
    ),
    Case(
        "more_cells_than_headers",
        "Rows with more cells than headers: empty ones are nothing, others refuse the row.",
        "name,email\nAli,ali@shop.example,,\nBibi,bibi@shop.example,x\n",
        "ddeboer/data-import#36",
    ),
    Case(
        "addresses_alone",
        "One e-mail address a line, and no header: people are called by it.",
        "flavio@flavio.example\nanna@anna.example\n",
        "Intermesh/groupoffice#653",
    ),
    Case(
        "phones_alone",
        "People with only a phone are kept.",
        "name,phone\n,+923001234567\nAli,+923007654321\n",
    ),
    Case(
        "the_same_header_twice",
        "Two columns of one name: asked which is meant.",
        "name,email,email\nAli,ali@shop.example,ali@home.example\n",
        "resend/resend-cli#332",
    ),
    Case(
        "header_that_lies",
        "A column called e-mail that holds phones is asked about.",
        "name,email\nAli,+923001234567\nBibi,+923007654321\n",
    ),
    Case(
        "decimal_commas",
        "A comma before the decimals: the file says so itself, dates with points beside it.",
        "Kunden-Nr;customer id;amount;date\n7;7;1.234,50;10.09.2023\n8;8;99,9;24.12.2023\n",
        "odoo/odoo#14572, odoo/odoo#62094, OCA/l10n-germany#132",
        kind="purchases",
    ),
    Case(
        "thousands_or_decimals",
        "1,234 alone can be two numbers: asked.",
        'customer id,amount,date\n7,"1,234",2023-09-10\n8,"2,500",2023-12-24\n',
        "nocodb/nocodb#13836",
        kind="purchases",
    ),
    Case(
        "money_as_it_is_written",
        "Signs and codes of currencies, Indian groups, local digits and marks, minus behind and in brackets.",
        'customer id,amount\n1,"₹ 1,23,456.00"\n2,Rs. 99.50\n3,"(1,200.00)"\n4,75-\n5,৳১২৩৪.৫০\n6,١٬٢٣٤٫٥٠\n'
        '7,1E+5\n8,free\n9,"PKR 1,000"\n',
        kind="purchases",
    ),
    Case(
        "nuls",
        "NULs behind a cell are as empty as spaces; one inside refuses its row.",
        b"name,city\nAli\0\0\0,Lahore\nBi\0bi,Quetta\n",
    ),
    Case(
        "a_million_columns",
        "A row of a million columns costs that row.",
        {"text": [["name,city\nAli,Lahore\n", 1], [",", 1_000_000], ["\nBibi,Quetta\n", 1]]},
    ),
    Case(
        "a_million_headers",
        "A table of a million columns is none.",
        {"text": [["h,", 500_000], ["h\n", 1], ["1,", 500_000], ["1\n", 1]]},
    ),
    Case(
        "an_endless_line",
        "A line of three million characters costs itself.",
        {"text": [["name,city\nAli,Lahore\n", 1], ["x", 3_000_000], ["\nBibi,Quetta\n", 1]]},
    ),
    Case("says_its_delimiter", "Excel's own line about the delimiter.", "sep=^\nname^city\nAli^Lahore\n"),
    Case("pipes", "Pipes, with commas in cells.", "name|address\nAli|House 1, Street 2\nBibi|House 3, Street 4\n"),
    Case(
        "title_above_the_headers",
        "A title and an empty line above the headers.",
        "Customers of 2026,,\n,,\nName,Phone,City\nAli,+923001234567,Lahore\n",
    ),
    Case(
        "no_headers",
        "No headers: the first row is a customer like any other.",
        "Ali,+923001234567,ali@shop.example\nBibi,+923007654321,bibi@shop.example\n",
        decided={"/mapping/columns/0/field": "name"},
    ),
    Case(
        "consent_as_words",
        "Consent as words of five languages; what is neither yes nor no refuses the row.",
        "name,marketing\nAli,yes\nBibi,0\nعلی,ہاں\nরহিম,না\nसुनीता,हो\nדנה,לא\nChand,maybe\nDina,\n",
        "mautic/mautic#1543, mettle/sendportal-core#165",
    ),
    Case(
        "bengali_headers",
        "Headers in Bengali.",
        "নাম,মোবাইল নম্বর,ইমেইল,জন্মদিন,ঠিকানা\nরহিম উদ্দিন,+৮৮০১৭১২৩৪৫৬৭৮,rahim@shop.example,1990-05-13,ঢাকা\n",
    ),
    Case(
        "nepali_headers",
        "Headers in Nepali.",
        "नाम थर,सम्पर्क नम्बर,इमेल,ठेगाना,लिङ्ग\nसुनीता शर्मा,+977 984-1234567,sunita@shop.example,काठमाडौं,महिला\n",
        business=NEPAL,
    ),
    Case(
        "urdu_headers",
        "Headers in Urdu, with Arabic letters for some Urdu ones.",
        "پورا نام,موبائل نمبر,ای ميل,تاريخ پيدائش\nفاطمہ گل,+92 300 1234567,fatima@shop.example,13-05-1990\n",
    ),
    Case(
        "hebrew_headers",
        "Headers in Hebrew, with the mark inside an abbreviation.",
        "שם פרטי,שם משפחה,דוא״ל,נייד,מין\nדנה,לוי,dana@shop.example,+972-52-765-4321,נקבה\n",
    ),
    Case(
        "parts_of_names_and_addresses",
        "Names and addresses in parts are put together.",
        "First Name,Last Name,Street Address,City,State,Zip,Country\nSteve,Smith,1 Main St,Boston,MA,02138,USA\n",
        "hizzle-co/noptin#602, wpsharks/s2member#1148",
    ),
    Case(
        "calls_with_notes",
        "Past calls with notes over several lines.",
        'customer phone,date,kind,summary\n+923001234567,2025-05-13 14:30,کال,"Asked for tea.\n\nWill call again."\n'
        "+923007654321,2025-05-14,visit,Bought nothing\n",
        kind="interactions",
    ),
    Case(
        "read_wrongly_before",
        "UTF-8 that some program took for cp1252 before and saved so: said, and left as it is.",
        "name\nJosÃ© GarcÃ­a\nRenÃ©e\n",
        "hbz/oerworldmap#1263",
    ),
    Case(
        "first_sheet_empty",
        "The first sheet is empty: the one with the table is read.",
        {"xlsx": {"Cover": {"rows": []}, "People": {"rows": [["Name", "Phone"], ["Ali", 923001234567]]}}},
        "SEED-platform/seed#2634",
        decided={US: "PK"},
    ),
    Case(
        "first_sheet_hidden",
        "A hidden sheet is not taken for the table.",
        {
            "xlsx": {
                "Lists": {"hidden": True, "rows": [["Name"], ["Do not import"]]},
                "People": {"rows": [["Name"], ["Ali"]]},
            }
        },
        "UK-Export-Finance/dtfs2#3780, tidyverse/readxl#513",
    ),
    Case(
        "several_sheets",
        "Two sheets with something in them: asked.",
        {"xlsx": {"2024": {"rows": [["Name"], ["Ali"]]}, "2025": {"rows": [["Name"], ["Bibi"]]}}},
        "eXpandFramework/eXpand#115",
        decided={"/reading/sheet": "2025"},
    ),
    Case(
        "sheet_of_everything",
        "Dates as days, phones as numbers, results and errors of formulas, rows of nothing.",
        {
            "xlsx": {
                "P": {
                    "rows": [
                        ["Name", "Phone", "Birthday", "City"],
                        ["Ali", 923001234567, {"date": 33006}, {"formula": "A1", "value": "Lahore"}],
                        ["", "", "", ""],
                        ["Bibi", 9.23e11, {"date": 60}, {"error": "#N/A"}],
                        ["Chand", 12345678901234567890, {"date": 29221.5}, {"formula": "A1"}],
                        [{"shared": "Dina_x000D_"}, {"shared": "03001234567"}, "13/05/1990", {"bool": True}],
                    ]
                }
            }
        },
        decided={US: "PK"},
    ),
    Case(
        "days_since_1904",
        "A workbook of a Macintosh counts its days from 1904.",
        {"xlsx": {"P": {"rows": [["Name", "Birthday"], ["Ali", {"date": 31544}]]}}, "since_1904": True},
    ),
    Case(
        "merged_cells",
        "A city merged over two people.",
        {
            "xlsx": {
                "P": {
                    "rows": [["Our customers"], ["Name", "City"], ["Ali", "Lahore"], ["Bibi", ""], ["Chand", "Quetta"]],
                    "merged": ["A1:B1", "B3:B4"],
                }
            }
        },
        "pyexcel/pyexcel-xlsx#40",
        decided={"/reading/merged": "fill"},
    ),
    Case(
        "open_document",
        "An ODS file, with a number that has three decimals.",
        {
            "ods": {
                "S": {"rows": [["customer id", "amount", "date"], [7, 1.234, {"date": "2023-09-10"}], [8, 99.9]]},
                "H": {"rows": [["x"]], "hidden": True},
            }
        },
        kind="purchases",
    ),
    Case(
        "one_string_for_all",
        "A string of a megabyte that all cells share.",
        {"xlsx": {"P": {"rows": [["Name"], [{"shared": ["x", 1_000_000]}], ["Ali"]]}}},
        "developer0hye/office2pdf#1702",
    ),
    Case(
        "page_called_excel",
        "A web page whose name ends with .xls.",
        "<html><table><tr><td>Name</td></tr></table>",
    ),
    Case("old_excel", "An Excel file of before 2007.", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(64)),
    Case(
        "own_export",
        "What our own exports write comes back as it was.",
        "name,address\nAli,'=SUM(1)\nBibi,\"'+92 St\"\n",
    ),
)


def main() -> None:
    for case in CASES:
        if isinstance(case.content, Mapping):
            written = json.dumps(case.content, ensure_ascii=False, indent=1).encode() + b"\n"
            (HERE / f"{case.name}.made.json").write_bytes(written)
        else:
            content = case.content.encode(case.encoding) if isinstance(case.content, str) else case.content
            (HERE / f"{case.name}.csv").write_bytes(content)
    if "--report" in sys.argv:
        from tests.customers.files.report import write_report  # noqa: PLC0415 - needs the product

        for case in CASES:
            write_report(case)


if __name__ == "__main__":
    main()
