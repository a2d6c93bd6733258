"""Writes tokens.jsonl: what the reference tokenizer makes of many strings. Deterministic.

    $LIKENESS_HOME/python/bin/python generate-tokens.py > tokens.jsonl
    $LIKENESS_HOME/python/bin/python generate-tokens.py --seed 7 --count 2000    random strings only, to standard output
    $LIKENESS_HOME/python/bin/python generate-tokens.py --scalars 0 1114112      each scalar c of a range, as "acb c"

Each line: {"text": …, "ids": […]}, the ids framed by [CLS] and [SEP] and cut to 256; for scalars the ids alone.
"""

import argparse
import json
import os
import pathlib
import random
import sys

from tokenizers import BertWordPieceTokenizer

TEXTS = """
founded a hospital
sending messages through the air without wires
Marie Skłodowska-Curie, née Skłodowska, discovered polonium and radium.
She won the Nobel Prize twice: in physics (1903) and in chemistry (1911).
Guglielmo Marconi; Karl Ferdinand Braun — "in recognition of their contributions"
E = mc² and ħ/2π ≈ 1.0546×10⁻³⁴ J·s
It's what they'd've said: don't, can't, won't, y'all'd.
email: someone@example.org, https://example.org/path?query=a%20b&c=d#frag
C++, C#, F#, .NET, Node.js, x86_64, AVX-512, O(n²)
$1,234.56 £99 €5 ¥100 ₹500 ₿0.1 50% 20‰
2024-02-29T12:34:56+01:00
snake_case camelCase PascalCase kebab-case SCREAMING_CASE
pneumonoultramicroscopicsilicovolcanoconiosis antidisestablishmentarianism
unaffable unwanted running embeddings tokenization
The quick brown fox jumps over the lazy dog.
Ærøskøbing Øresund Ångström Þingvellir Ðuro Œuvre straße STRASSE ẞ
Ich heiße Jürgen Müller und wohne in Zürich. Übermut tut selten gut.
Élève français à l'école; garçon, cœur, Noël, où, ç, naïve, façade
El niño comió piñas en España. ¿Qué? ¡Olé!
São Paulo, coração, não, ações, português
Città più bella: perché è così?
Zażółć gęślą jaźń. Łódź, Kraków, Gdańsk
Příliš žluťoučký kůň úpěl ďábelské ódy
Árvíztűrő tükörfúrógép
Škoda, čćžšđ, Đorđe, Љубљана, Ђоковић
Flygande bäckasiner söka hwila på mjuka tuvor
Hyvää yötä, äiti! Pöllö söi kalaa.
Pijamalı hasta yağız şoföre çabucak güvendi. İstanbul ISPARTA ışık
Съешь же ещё этих мягких французских булок, да выпей чаю. ЁЛКА ёж
Їжак, ґанок, є, І. Київ
Ο Σωκράτης είπε: ΟΔΟΣ ὁδός ᾠδή ἀρχή ΐ ΰ
Թովմաս Հայաստան ԵՐԵՎԱՆ և
საქართველო ᲡᲐᲥᲐᲠᲗᲕᲔᲚᲝ
שָׁלוֹם עוֹלָם ירושלים
السَّلامُ عَلَيْكُم مرحبا بالعالم ١٢٣٤٥ ،؟؛
فارسی: می‌خواهم کتاب بخوانم
اردو ٹیکسٹ کی مثال
नमस्ते दुनिया। हिन्दी में क्षत्रिय ज्ञान
বাংলা ভাষা কৃত্তিবাস
தமிழ் மொழி வணக்கம்
తెలుగు భాష
ಕನ್ನಡ മലയാളം ગુજરાતી ਪੰਜਾਬੀ ଓଡ଼ିଆ සිංහල
ภาษาไทย น้ำ ที่นี่ สวัสดีครับ
ພາສາລາວ ភាសាខ្មែរ မြန်မာဘာသာ བོད་སྐད
한국어 토큰화 테스트 가각힣 안녕하세요
조선말 한글 자모 ㄱㄴㄷ ㅏㅑㅓ
日本語のトークン化テスト。カタカナ、ひらがな、漢字
ガギグゲゴ パピプペポ が ば ヷ ﾊﾝｶｸ ｶﾞ
東京都渋谷区 湯川秀樹 山中伸弥
中文分词测试,我爱北京天安门。「引号」《书名》
繁體中文測試 臺灣 屠呦呦 楊振寧 李政道
㐀䶵 𠀀𪛖 𪜀𫜴 𫝀𫠝 𫠠𬺡 豈更 丽𪘀
Tiếng Việt: Đặng Thái Sơn, Nguyễn Ngọc Ngạn, ở đâu
ʻŌlelo Hawaiʻi, Māori, Ğağauz, Ɓaɓa, Ŋaaka, ʼNǃxau ǂKxʼauǁʼein
Ꭰ Ꭱ ᏣᎳᎩ ꭰ ᐃᓄᒃᑎᑐᑦ ᚠᚢᚦ ⲁⲃⲅ ⴰⵎⴰⵣⵉⵖ አማርኛ
emoji 😀 👍🏽 👨‍👩‍👧‍👦 🇨🇭 ❤️ ✈︎ 1️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿
𝓗𝓮𝓵𝓵𝓸 𝕎𝕠𝕣𝕝𝕕 𝟙𝟚𝟛 ℋ ℕ ℝ ⅷ Ⅷ ① ⒈ ㈱ ㎏ ™ ® © № ℃ Å Ω
fullwidth ＡＢＣ　ａｂｃ１２３！＂＃（）［］｛｝～
ﬁ ﬂ ﬀ ﬃ ﬆ ĳ ǆ ŉ ﷺ ﷲ
dashes - ‐ ‑ ‒ – — ― − ﹣ － quotes ‘ ’ ‚ “ ” „ « » ‹ › 〝 〞
bullets • ◦ ‣ · … ‥ † ‡ § ¶ ¤ ¦ ¨ ¬ ¯ ° ± ´ ¸ º ª × ÷ ^ ` ~ + < = > |
arrows → ← ⇒ ∀x∈ℝ ∃y ≤ ≥ ≠ ≮ ≯ ∉ ∌ ∞ ∑∫√ ⌘ ☃ ♥ ♪ ♯ 𝄞
a͂b̃c̈d̂é ẽ̂ x̱ q̣̇ ộ Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞
[CLS] [SEP] [MASK] [PAD] [UNK] inside a text
[cls] [ CLS ] [CLS [SEP]] [[MASK]] x[SEP]y [MASK][MASK] [UNK]ed
##ing ## ### a##b ##
!!! ??? ... ,,, ;;; --- ___ *** ((( ))) [[[ ]]] {{{ }}} <<< >>> "" ''' ``` ~~~ ^^^ ||| \\\\ /// @@@ ### $$$ %%% &&& +++ ===
a.b.c,d;e:f!g?h(i)j[k]l{m}n<o>p/q\\r|s@t#u$v%w^x&y*z
Pyotr Kapitsa; Nevill Mott; Subrahmanyan Chandrasekhar; Tu Youyou; Malala Yousafzai; Wangarĩ Muta Maathai
Ólafur Arnalds; Björk Guðmundsdóttir; Jón Sigurðsson; Søren Kierkegaard; René Descartes; Gödel, Escher, Bach
""".strip().split("\n")

SHAPED = [
    "", " ", "   ", "\t\n\r\v\f", "a", "A", "é", "e\u0301", "\u0301", "\u0301\u0302 x", "a\u0301" * 120, "\u00ad", "co\u00adoperate",
    "zero\u200bwidth\u200c\u200d\u2060\ufeffjoined", "nbsp\u00a0here\u202f\u2003wide\u3000ideographic", "line\u2028para\u2029graph\u0085next",
    "nul\x00byte", "bell\x07\x08\x1b[31m", "replacement\ufffdcharacter", "private\ue000use\U000f0000\U0010fffd", "\u202eright to left\u202c",
    "x" * 99, "x" * 100, "x" * 101, "x" * 1000, "a" * 100 + " b", "a" * 101 + " b", "é" * 100, "é" * 101, "한" * 33, "한" * 34, "한" * 50, "中" * 300,
    "word " * 253, "word " * 254, "word " * 255, "word " * 1000, "tokenization " * 200, "unaffable" * 11, "unaffable" * 12, "." * 300, "[SEP]" * 300,
    "\u1e9b\u0323", "\u0344", "\u0390", "\u1fee\u1fef\u1ffd", "\u2126\u212a\u212b", "\ufb1d\ufb2a", "\u0958\u09dc\u0a33", "\u0f73\u0f75\u0f81",
    "\U0001d15e\U0001d1bb", "\u2260\u226e\u226f\u2241", "\u1d7f\u0587", "\u0130\u0131\u017f\u212a", "\u03a3\u03c3\u03c2 \u1f52", "\u0149\u01f0\u1e96",
    "\U00010400\U00010428 \U0001e900\U0001e922", "\ud7a3\uac00\u1100\u1161\u11a8", "\u115f\u1160\u3164\uffa0", "\u180e\u061c\u2066",
    "\u1734\u1735\u1736", "\u10fb\u2e3a\u3001\u3002\ufe10\uff0c", "\u055a\u05be\u0964\u104a\u1361\u1400\u166e\u1800\u2308\u2329",
]

ALPHABETS = [
    (0x20, 0x7F), (0x00, 0x20), (0x80, 0x100), (0x100, 0x250), (0x250, 0x370), (0x370, 0x530), (0x530, 0x900), (0x900, 0xE00),
    (0xE00, 0x1200), (0x1200, 0x2000), (0x1E00, 0x2000), (0x2000, 0x2100), (0x2100, 0x2C00), (0x2C00, 0x3100), (0x3100, 0x3400),
    (0x3400, 0x9FFF), (0xA000, 0xAC00), (0xAC00, 0xD7A4), (0xF900, 0x10000), (0x10000, 0x11000), (0x11000, 0x1E000), (0x1E000, 0x20000),
    (0x20000, 0x30000), (0xE0000, 0xE0200), (0x10FF00, 0x110000),
]


def random_text(random_source, words):
    pieces = []
    for _ in range(random_source.randrange(1, 12)):
        choice = random_source.random()
        if choice < 0.35:
            pieces.append(random_source.choice(words))
        elif choice < 0.5:
            pieces.append(random_source.choice([" ", " ", "  ", "\n", "", "-", ", ", "[SEP]", "\u0301", "\u200d", "[", "#"]))
        else:
            first, last = random_source.choice(ALPHABETS)
            pieces.append("".join(chr(random_source.randrange(first, last)) for _ in range(random_source.randrange(1, 8))))
        if random_source.random() < 0.5:
            pieces.append(" ")
    return "".join(pieces)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--count", type=int)
    arguments.add_argument("--scalars", type=int, nargs=2)
    options = arguments.parse_args()

    data = pathlib.Path(os.environ.get("XDG_DATA_HOME") or pathlib.Path.home() / ".local/share")
    home = pathlib.Path(os.environ.get("LIKENESS_HOME") or data / "likeness")
    vocabulary = home / "models/all-MiniLM-L6-v2-int8/vocab.txt"
    tokenizer = BertWordPieceTokenizer(str(vocabulary), lowercase=True)
    tokenizer.enable_truncation(256)

    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    if options.scalars:
        codes = [code for code in range(*options.scalars) if not 0xD800 <= code < 0xE000]
        for encoding in tokenizer.encode_batch([f"a{chr(code)}b {chr(code)}" for code in codes]):
            print(*encoding.ids)
    else:
        words = [word.removeprefix("##") for word in vocabulary.read_text(encoding="utf-8").split("\n")]
        random_source = random.Random(options.seed)
        texts = [random_text(random_source, words) for _ in range(options.count or 300)]
        if options.count is None:
            texts = TEXTS + [text.upper() for text in TEXTS] + SHAPED + texts
        for text, encoding in zip(texts, tokenizer.encode_batch(texts)):
            print(json.dumps({"text": text, "ids": encoding.ids}))


main()
