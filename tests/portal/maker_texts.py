"""What an invented maker would say in five languages: data of the samples, no texts of the product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Said:
    banners: Pairs
    action: str
    recommended: Pairs
    offers: Pairs
    documents: tuple[tuple[str, int], ...]
    washer: str
    reason: str
    types: dict[str, str]
    steps: tuple[str, ...]
    terms: tuple[tuple[str, tuple[str, ...]], ...]
    questions: tuple[tuple[str, tuple[str, ...]], ...]


def _types(*names: str) -> dict[str, str]:
    return dict(zip(("tv", "monitor", "phone", "laundry", "cooling"), names, strict=True))


TEXTS: Final = {
    "en": Said(
        banners=(
            ("Welcome, Anna", "Earn extra points with each product you register."),
            ("Members get more", "See the benefits that come with your products."),
            ("Winter check", "Ten minutes that make a washing machine last."),
        ),
        action="See your products",
        recommended=(("Cadence bar", "Fits the width of your TV and sounds like a cinema."),),
        offers=(("Ten per cent off filters", "For members, until the end of the year."),),
        documents=(("User manual", 4_100_000), ("Picture settings in five minutes", 0)),
        washer="Aqua 9 washing machine",
        reason="the receipt names a later day",
        types=_types("Televisions", "Monitors", "Phones", "Laundry", "Refrigerators"),
        steps=("Open Settings, then About this TV.", "Or look at the label on the back, on the right."),
        terms=(("What you agree to", ("You register a product that is yours.", "We keep its number.")),),
        questions=(("How do I clean the screen?", ("With a dry, soft cloth.",)),),
    ),
    "lv": Said(
        banners=(
            ("Laipni lūdzam, Anna", "Par katru reģistrētu produktu saņemiet papildu punktus."),
            ("Biedriem vairāk", "Apskatiet priekšrocības, ko dod jūsu produkti."),
            ("Ziemas pārbaude", "Desmit minūtes, lai veļas mašīna kalpotu ilgāk."),
        ),
        action="Skatīt produktus",
        recommended=(("Cadence skaņas josla", "Atbilst televizora platumam un skan kā kinoteātrī."),),
        offers=(("Desmit procentu atlaide filtriem", "Biedriem līdz gada beigām."),),
        documents=(("Lietotāja rokasgrāmata", 4_100_000), ("Attēla iestatījumi piecās minūtēs", 0)),
        washer="Veļas mazgājamā mašīna Aqua 9",
        reason="čekā ir vēlāka diena",
        types=_types("Televizori", "Monitori", "Tālruņi", "Veļas kopšana", "Ledusskapji"),
        steps=("Atveriet iestatījumus un sadaļu par televizoru.", "Vai skatiet uzlīmi aizmugurē pa labi."),
        terms=(("Kam jūs piekrītat", ("Jūs reģistrējat savu produktu.", "Mēs glabājam tā numuru.")),),
        questions=(("Kā tīrīt ekrānu?", ("Ar sausu, mīkstu drānu.",)),),
    ),
    "nb": Said(
        banners=(
            ("Velkommen, Anna", "Få ekstra poeng for hvert produkt du registrerer."),
            ("Medlemmer får mer", "Se fordelene som følger med produktene dine."),
            ("Vintersjekk", "Ti minutter som får vaskemaskinen til å vare."),
        ),
        action="Se produktene",
        recommended=(("Cadence lydplanke", "Passer bredden på TV-en og låter som kino."),),
        offers=(("Ti prosent på filtre", "For medlemmer ut året."),),
        documents=(("Brukerhåndbok", 4_100_000), ("Bildeinnstillinger på fem minutter", 0)),
        washer="Vaskemaskinen Aqua 9",
        reason="kvitteringen har en senere dato",
        types=_types("TV-er", "Skjermer", "Telefoner", "Vask og tørk", "Kjøleskap"),
        steps=("Åpne innstillinger, så om denne TV-en.", "Eller se på etiketten bak til høyre."),
        terms=(("Dette godtar du", ("Du registrerer et produkt som er ditt.", "Vi lagrer nummeret.")),),
        questions=(("Hvordan rengjør jeg skjermen?", ("Med en tørr, myk klut.",)),),
    ),
    "cs": Said(
        banners=(
            ("Vítejte, Anno", "Za každý zaregistrovaný produkt získáte body navíc."),
            ("Členové mají víc", "Podívejte se na výhody ke svým produktům."),
            ("Zimní kontrola", "Deset minut, díky kterým pračka vydrží."),
        ),
        action="Zobrazit produkty",
        recommended=(("Soundbar Cadence", "Sedí k šířce televizoru a zní jako kino."),),
        offers=(("Deset procent na filtry", "Pro členy do konce roku."),),
        documents=(("Uživatelská příručka", 4_100_000), ("Nastavení obrazu za pět minut", 0)),
        washer="Pračka Aqua 9",
        reason="na účtence je pozdější den",
        types=_types("Televizory", "Monitory", "Telefony", "Praní a sušení", "Chladničky"),
        steps=("Otevřete nastavení a pak O televizoru.", "Nebo najděte štítek vzadu vpravo."),
        terms=(("S čím souhlasíte", ("Registrujete produkt, který je váš.", "Uchováme jeho číslo.")),),
        questions=(("Jak čistit obrazovku?", ("Suchým měkkým hadříkem.",)),),
    ),
    "vi": Said(
        banners=(
            ("Chào Anna", "Nhận thêm điểm cho mỗi sản phẩm bạn đăng ký."),
            ("Thành viên có nhiều hơn", "Xem quyền lợi đi cùng sản phẩm của bạn."),
            ("Kiểm tra mùa đông", "Mười phút để máy giặt bền hơn."),
        ),
        action="Xem sản phẩm",
        recommended=(("Loa thanh Cadence", "Vừa bề ngang tivi và nghe như ở rạp."),),
        offers=(("Giảm mười phần trăm bộ lọc", "Dành cho thành viên đến hết năm."),),
        documents=(("Sách hướng dẫn", 4_100_000), ("Chỉnh hình ảnh trong năm phút", 0)),
        washer="Máy giặt Aqua 9",
        reason="hóa đơn ghi ngày muộn hơn",
        types=_types("Tivi", "Màn hình", "Điện thoại", "Giặt sấy", "Tủ lạnh"),
        steps=("Mở cài đặt rồi mục Giới thiệu về tivi.", "Hoặc xem nhãn ở mặt sau bên phải."),
        terms=(("Bạn đồng ý điều gì", ("Bạn đăng ký sản phẩm của mình.", "Chúng tôi lưu số máy.")),),
        questions=(("Lau màn hình thế nào?", ("Bằng khăn khô, mềm.",)),),
    ),
}
