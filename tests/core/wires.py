"""Invented wire texts and the edits that real desks make, for tests of what counts as a copy."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from aggregator.core import text

Story = tuple[str, ...]  # paragraphs

DAM: Story = (
    "HOLMVIK, Nov 18 (CPA) - Engineers opened the last two spillways of the Tarnfoss dam on "
    "Tuesday after nine days of rain lifted its reservoir to within 40 centimeters of the "
    "crest, and about 6,300 people in the valley below were told to leave their homes "
    "before dark.",
    '"The dam is sound, but we are no longer willing to bet a valley on that," Marit '
    "Osland, the head of the national water authority, said at a news conference in "
    "Holmvik. She said that the lake was still rising by 3 centimeters an hour.",
    "Buses carried residents of Nedre Tarn and Skogli to schools and sports halls in the "
    "county town. The police said that 212 people, most of them farmers with animals to "
    "move, had refused to go and that nobody would be taken away by force.",
    "The regional hospital moved 48 patients by helicopter during the afternoon. Two roads "
    "and the only railway line through the valley were closed, and the power company cut "
    "supplies to the lower villages as a precaution.",
    "The dam, a wall of earth and rock 61 meters high, was finished in 1967 and supplies 4 "
    "percent of the country's electricity. An inspection in June found seepage on its "
    "eastern flank that was described as minor, according to a report published by the "
    "authority in August.",
    "Opposition lawmakers asked why the reservoir had been kept almost full through the "
    "autumn. Energy minister Halvard Brekke said that the operator, Fjellkraft, had "
    "followed its permit, which lets it fill the lake to 97 percent until the first of "
    "December.",
    "Fjellkraft said in a statement that it had begun to lower the level on November 10 and "
    "that no model had shown rain of this strength. Its shares fell 7.4 percent on the "
    "Varnes exchange.",
    "Forecasters expect another 55 millimeters before Thursday morning, with the heaviest "
    "showers over the high ground east of the lake. The river at Skogli was already 1.8 "
    "meters above its usual height and had covered the football field and part of the "
    "cemetery.",
    "Ingrid Tveit, 71, who has lived under the dam since it was built, left with a suitcase "
    'and two hens. "They promised my father it would stand for 500 years," she said. "I '
    'told him then to get it in writing."',
    "It is the largest evacuation in the county since the slide of 1934, which killed 40 "
    "people. Osland said that a decision on whether people could return would be taken on "
    "Friday at the earliest.",
    "Soldiers from the engineer battalion at Rauma were laying sandbags around the water "
    "works and a transformer station. The government has asked two neighboring countries "
    "for heavy pumps.",
)

STRIKE: Story = (
    "VARNES, Nov 18 (CPA) - Dock workers at the three largest ports of Orlmark walked out "
    "at midnight on Monday in a dispute over automated cranes, stopping the country's trade "
    "in grain, cars and fruit and leaving 31 ships at anchor by the morning.",
    "The union of transport workers, which called out 9,400 members, said that the strike "
    "would last until employers signed a promise that nobody would lose a job to a machine "
    "before 2035.",
    '"We have read the brochure of the cranes," said the union\'s president, Tomas Reyk. "It '
    'has a page on savings, and the savings are us." The employers called the walkout '
    "reckless and went to the labor court, which will hear the case on Wednesday.",
    "Orlmark ships 18 million tons of grain a year, about half of it between October and "
    "January. Traders said that wheat for December delivery had risen 5.1 percent and that "
    "buyers in North Africa were asking for offers from other suppliers.",
    "Two car makers said that they could go on for four days with the parts they had. "
    "Supermarkets asked customers not to hoard, and some had run out of bananas by noon.",
    "The cranes at the center of the dispute are to be delivered to the port of Sandeby "
    "next spring. They need 11 people a shift where the old ones need 46, according to a "
    "plan that the port sent to its bank and that was leaked to a newspaper in September.",
    "Labor minister Sigrun Dahl offered to mediate and said that a law to end the strike "
    "was not on the table. The last walkout in the ports, in 2009, lasted 16 days and cost "
    "0.3 percent of the year's output, the statistics office said at the time.",
    "Truck drivers blocked the southern entrance of the port of Varnes for two hours in "
    "sympathy. Nobody was hurt, and the police made no arrests.",
    "Ferries and cruise ships are not affected, the union said, and its members would "
    "unload medicine and animal feed without pay. Fishing boats landed their catch as usual.",
    "The two sides have not met since November 6. A spokesman for the employers said that "
    "the door was open; Reyk said that he had found it locked.",
)

PROMOS = (
    "Sign up for our morning letter and never miss a story.",
    "Watch: five things to know before the weekend.",
    "Read more: the map that explains the region.",
    "Download our app for alerts.",
)
HOUSE_STYLE = (
    (r"\bsaid that\b", "said"),
    (r"\bpercent\b", "per cent"),
    (r"\bcentimeters\b", "centimetres"),
    (r"\bmillimeters\b", "millimetres"),
    (r"\bmeters\b", "metres"),
    (r"\blabor\b", "labour"),
    (r"\bneighboring\b", "neighbouring"),
    (r"\bcenter\b", "centre"),
    (r"\bNov 18 \(CPA\) - ", ""),
    (r"\bNovember (\d+)\b", r"\1 November"),
    (r"\btold to leave\b", "ordered out of"),
    (r"\babout (\d)", r"some \1"),
    (r"\b(\d),(\d{3})\b", r"\1\2"),
)

# Three sentences of one event in each script, then two of another: enough for shingles to bite.
SCRIPTS: dict[str, tuple[str, str]] = {
    "ja": (
        "北部沿岸で金曜日の未明、乗客二百十二人を乗せたフェリーが高波のため動力を失って座礁"
        "した。海上保安当局によると、全員が救命艇とヘリコプターで救助され、十七人が病院に運"
        "ばれた。運航会社は九月の安全検査に合格していたと説明し、調査に全面的に協力すると述"
        "べた。運輸相は天候が回復し次第、潜水士が船体を調べると語り、油の流出は確認されてい"
        "ないとした。",
        "中央銀行は政策金利を据え置くことを決めた。総裁は記者会見で物価の伸びが鈍っていると"
        "述べ、来年春の賃金交渉の結果を見極める考えを示した。市場では円が一時上昇し、株価は"
        "小幅に下げた。経済界からは利下げを求める声が出ており、労働組合は決定を歓迎すると表"
        "明した。",
    ),
    "th": (
        ""
        "เรือเฟอร์รี่ที่บรรทุกผู้โดยสารสองร้อยสิบสองคนเกยตื้นนอกชายฝั่งทางเหนือเมื่อเช้าวันศุกร์ "
        "หลังเครื่องยนต์ดับท่ามกลางคลื่นสูง "
        "หน่วยยามฝั่งกล่าวว่าทุกคนได้รับการช่วยเหลือขึ้นฝั่งแล้ว "
        "และมีผู้ถูกนำส่งโรงพยาบาลสิบเจ็ดคน "
        "บริษัทเดินเรือยืนยันว่าเรือผ่านการตรวจสอบเมื่อเดือนกันยายน",
        "ธนาคารกลางมีมติคงอัตราดอกเบี้ยนโยบายไว้ตามเดิม "
        "ผู้ว่าการแถลงว่าเงินเฟ้อชะลอลงช้ากว่าที่คาด "
        "และจะรอดูผลการเจรจาค่าจ้างในฤดูใบไม้ผลิ "
        "นักลงทุนขายหุ้นกลุ่มส่งออกหลังทราบผลการประชุม",
    ),
    "ar": (
        "جنحت عبارة تقل مئتين واثني عشر راكبا قبالة الساحل الشمالي فجر الجمعة بعد أن فقدت "
        "الطاقة وسط أمواج عالية وقال خفر السواحل إن جميع من كانوا على متنها نقلوا إلى "
        "الشاطئ بقوارب النجاة والمروحيات ونقل سبعة عشر شخصا إلى المستشفى وقالت الشركة "
        "المشغلة إن السفينة اجتازت فحص السلامة في أيلول وإنها تتعاون مع المحققين وقال وزير "
        "النقل إن الغواصين سيفحصون الهيكل حين يتحسن الطقس",
        "أبقى البنك المركزي سعر الفائدة من دون تغيير وقال المحافظ في مؤتمر صحافي إن التضخم "
        "يتباطأ أقل مما كان متوقعا وإن القرار المقبل سيتخذ بعد مفاوضات الأجور في الربيع "
        "وارتفعت العملة قليلا بينما انتقد أرباب العمل القرار ووصفوه بالخطأ الذي ستدفع ثمنه "
        "أحواض بناء السفن في جنوب البلاد",
    ),
    "hi": (
        "उत्तरी तट के पास शुक्रवार तड़के दो सौ बारह यात्रियों को ले जा रही एक नौका ऊँची "
        "लहरों के बीच बिजली गुल होने के बाद किनारे पर फँस गई और तटरक्षक बल ने बताया कि सभी "
        "यात्रियों को जीवनरक्षक नावों और हेलिकॉप्टरों से सुरक्षित निकाल लिया गया जबकि सत्रह "
        "लोगों को अस्पताल में भर्ती कराया गया और कंपनी ने कहा कि वह जाँच में पूरा सहयोग "
        "करेगी क्योंकि जहाज़ ने सितंबर में सुरक्षा जाँच पास की थी",
        "केंद्रीय बैंक ने मुख्य ब्याज दर में कोई बदलाव नहीं किया और गवर्नर ने पत्रकारों से "
        "कहा कि महँगाई उम्मीद से धीमी गति से घट रही है इसलिए अगला फ़ैसला वसंत में मज़दूरी "
        "की बातचीत के बाद लिया जाएगा जबकि उद्योग संघ ने इसे ग़लत क़दम बताया और मज़दूर "
        "संगठनों ने राहत जताई कि दरें फ़िलहाल स्थिर रहेंगी",
    ),
    "ru": (
        "Паром с двумястами двенадцатью пассажирами сел на мель у северного побережья рано "
        "утром в пятницу, потеряв ход в сильный шторм, сообщила береговая охрана. Всех "
        "находившихся на борту доставили на берег шлюпками и вертолётами, семнадцать "
        "человек попали в больницу. Компания заявила, что судно прошло проверку в сентябре "
        "и что она сотрудничает со следствием.",
        "Центральный банк сохранил ключевую ставку на прежнем уровне. Председатель сообщила "
        "на встрече с журналистами, что инфляция снижается медленнее ожиданий и что "
        "следующее решение примут после весенних переговоров о зарплатах. Промышленники "
        "назвали это ошибкой, за которую заплатят верфи, а профсоюзы сказали, что "
        "испытывают облегчение.",
    ),
    "el": (
        "Ένα πλοίο με διακόσιους δώδεκα επιβάτες προσάραξε στα ανοιχτά της βόρειας ακτής "
        "νωρίς την Παρασκευή, αφού έμεινε χωρίς ρεύμα με ισχυρούς ανέμους, ανακοίνωσε η "
        "ακτοφυλακή. Όλοι οι επιβαίνοντες μεταφέρθηκαν στη στεριά με λέμβους και ελικόπτερα "
        "και δεκαεπτά άνθρωποι διακομίστηκαν στο νοσοκομείο. Η εταιρεία δήλωσε ότι "
        "συνεργάζεται με τους ερευνητές.",
        "Η κεντρική τράπεζα διατήρησε αμετάβλητο το βασικό επιτόκιο. Η διοικήτρια είπε "
        "στους δημοσιογράφους ότι ο πληθωρισμός υποχωρεί πιο αργά από όσο αναμενόταν και "
        "ότι η επόμενη απόφαση θα ληφθεί μετά τις διαπραγματεύσεις για τους μισθούς την "
        "άνοιξη, ενώ οι εργοδότες μίλησαν για λάθος που θα πληρώσουν τα ναυπηγεία.",
    ),
}

_STARTS = [
    "br",
    "d",
    "f",
    "gl",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "r",
    "s",
    "st",
    "t",
    "tr",
    "v",
    "w",
    "z",
]
_MIDDLES = ["a", "e", "i", "o", "u", "ai", "ea", "ou"]
_ENDS = ["n", "r", "s", "t", "l", "m", "nd", "rk", "st", "ck"]


def join(story: Sequence[str]) -> str:
    """A story as the text of an article."""
    return "\n".join(story)


def words(seed: int | str, count: int, vocabulary: int = 4000) -> list[str]:
    """Invented words, the frequent ones as frequent as in print."""
    chance = random.Random(f"words {seed}")
    found = []
    for _ in range(count):
        rank = int(vocabulary ** chance.random())
        made = random.Random(rank)
        syllables = 1 + min(rank // 60, 2)
        found.append(
            "".join(made.choice(_STARTS) + made.choice(_MIDDLES) for _ in range(syllables))
            + made.choice(_ENDS)
        )
    return found


def invent(seed: int | str, length: int = 400) -> Story:
    """A story of its own of about `length` words: paragraphs of one to three sentences."""
    chance = random.Random(f"story {seed}")
    left = words(seed, length)
    paragraphs = []
    while left:
        sentences = []
        for _ in range(chance.randint(1, 3)):
            size = chance.randint(9, 26)
            sentence, left = left[:size], left[size:]
            if sentence:
                sentences.append(" ".join(sentence).capitalize() + ".")
        paragraphs.append(" ".join(sentences))
    return tuple(paragraphs)


def cut(story: Story, share: float) -> Story:
    """The story cut from the bottom, as the inverted pyramid allows."""
    sentences = text.sentences(join(story))
    return tuple(sentences[: max(1, round(len(sentences) * share))])


def new_lede(story: Story, seed: int | str = "lede") -> Story:
    """Another first paragraph, the rest as it came."""
    return (" ".join(words(seed, 34)).capitalize() + ".", *story[1:])


def house_style(story: Story) -> Story:
    """The spelling, dates and verbs of another desk."""
    styled = []
    for paragraph in story:
        for pattern, instead in HOUSE_STYLE:
            paragraph = re.sub(pattern, instead, paragraph)
        styled.append(paragraph.replace('"', "\u201d"))
    return tuple(styled)


def move(story: Story, seed: int = 0, moves: int = 3) -> Story:
    """Some paragraphs at another place."""
    chance = random.Random(seed)
    paragraphs = list(story)
    for _ in range(moves):
        paragraph = paragraphs.pop(chance.randrange(len(paragraphs)))
        paragraphs.insert(chance.randrange(len(paragraphs) + 1), paragraph)
    return tuple(paragraphs)


def add_local(story: Story, share: float, seed: int | str = "local") -> Story:
    """Paragraphs of the outlet's own, as long as `share` of the story, between the others."""
    own = invent(seed, round(len(join(story).split()) * share))
    every = max(1, len(story) // len(own))
    paragraphs: list[str] = []
    left = list(own)
    for place, paragraph in enumerate(story, 1):
        paragraphs.append(paragraph)
        if place % every == 0 and left:
            paragraphs.append(left.pop(0))
    return (*paragraphs, *left)


def add_promos(story: Story, promos: Sequence[str] = PROMOS) -> Story:
    """Promotion lines between the paragraphs."""
    return tuple(
        line
        for place, paragraph in enumerate(story)
        for line in (paragraph, *promos[place : place + 1])
    )


def merge(first: Story, second: Story, share: float = 0.6) -> Story:
    """One article out of two wires: `share` of the first, the other part of the second."""
    return (*cut(first, share), *cut(second, 1 - share))


def substitute(story: Story, share: float, seed: int = 0) -> Story:
    """Some words replaced, spread evenly by chance."""
    chance = random.Random(seed)
    return tuple(
        " ".join(
            words(chance.random(), 1)[0] if chance.random() < share else word
            for word in paragraph.split()
        )
        for paragraph in story
    )


TOWNS = [
    "Holmvik",
    "Skogli",
    "Rauma",
    "Sandeby",
    "Varnes",
    "Lindholm",
    "Aldersund",
    "Brattli",
    "Corvik",
    "Dalen",
    "Eikeby",
    "Fossnes",
    "Granli",
    "Hagby",
    "Isdal",
    "Jorvik",
    "Kilnes",
    "Langby",
    "Mosvik",
    "Norheim",
    "Osterli",
    "Pilsund",
    "Ramnes",
    "Solvik",
    "Tarnby",
]
_SKIES = (
    "sunny spells",
    "drizzle",
    "fog patches",
    "broken cloud",
    "thundery rain",
    "sleet",
    "haze",
    "clear skies",
    "light snow",
    "a dull start",
    "freezing rain",
    "a bright morning",
)
_WINDS = [
    "northerly",
    "north-easterly",
    "easterly",
    "south-easterly",
    "southerly",
    "south-westerly",
    "westerly",
]


def weather_page(seed: int) -> Story:
    """A forecast as one outlet's machine writes it: fixed sentences around changing facts."""
    chance = random.Random(f"weather {seed}")

    def sky() -> str:
        return chance.choice(_SKIES)

    town = chance.choice(TOWNS)
    return (
        f"The forecast for {town} on day {seed} of the year, prepared by our weather desk.",
        f"Today brings {sky()} with highs of {chance.randint(10, 35)} degrees and lows near "
        f"{chance.randint(10, 19)} degrees, and {chance.choice(_WINDS)} winds of up to "
        f"{chance.randint(10, 90)} kilometers an hour.",
        f"Tonight expect {sky()}, turning to {sky()} towards dawn, with a "
        f"{chance.randint(10, 99)} percent chance of rain in {town}.",
        f"Tomorrow starts with {sky()} and ends with {sky()}; highs of {chance.randint(10, 35)} "
        f"degrees, pressure {chance.randint(980, 999)} hectopascals and falling.",
        f"Sunrise is at {chance.randint(10, 59)} minutes past five and sunset at "
        f"{chance.randint(10, 59)} minutes past eight. The pollen count is "
        f"{chance.randint(10, 99)} and the air quality index stands at {chance.randint(10, 99)}.",
    )


def live_blog(versions: int = 61, paragraphs: int = 12, seed: str = "live") -> list[Story]:
    """One page that drifts: each version drops its oldest paragraph and gains a new one."""
    updates = [" ".join(words(f"{seed} {n}", 30)).capitalize() + "." for n in
               range(paragraphs + versions - 1)]  # fmt: skip
    return [tuple(updates[n : n + paragraphs]) for n in range(versions)]


def bridge(first: Story, last: Story, items: int) -> list[Story]:
    """An attacker's items: each holds a little less of the first story and more of the last."""
    a, b = join(first).split(), join(last).split()
    made = []
    for step in range(1, items + 1):
        share = step / (items + 1)
        made.append((" ".join(a[round(len(a) * share) :]), " ".join(b[: round(len(b) * share)])))
    return made
