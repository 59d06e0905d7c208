"""What the text of a question tells: the language it is read aloud in, and what it touches.

A lender may not ask about protected attributes, family plans, health or religion (Equal Credit
Opportunity Act, Regulation B 12 CFR 1002.5; EU Charter Art 21). The words only warn: they know
neither the context nor every way of asking.
"""

import re

_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
# What stands in nearly every English question, and is no common word of another language that is
# written in Latin letters.
_ENGLISH = re.compile(
    r"\b(what|how|why|when|where|who|which|whose|you|your|yours|the|does|did|would|could|should"
    r"|please|tell|describe|explain|about|with|this|there|their|they|from|were|think|know|debts?"
    r"|income|paid)\b",
    re.IGNORECASE,
)
# BCP 47 for a language that is not known: no browser has a voice for it.
UNKNOWN_LANGUAGE = "und"
_SENSITIVE = re.compile(
    r"\b(marri\w+|unmarried|marital|spouse|husband|wife|divorc\w+|widow\w*|engaged to"
    r"|pregnan\w+|child\w*|kids?|sons?|daughters?|famil(?:y|ies)|birth\w*|parent\w*"
    r"|religi\w+|church|mosque|synagogue|faith|pray\w*|believe in"
    r"|race|racial|ethnic\w*|skin colou?r|national(?:ity|ities)|citizen\w*|immigra\w+"
    r"|born|gender|sexual\w*|gay|lesbian|transgender|man or (?:a )?woman"
    r"|disab\w+|health\w*|illness\w*|ill|sick\w*|disease\w*|medical\w*|medication|doctor"
    r"|age|how old|years old|politic\w*|vote[ds]?|trade union)\b",
    re.IGNORECASE,
)
_SENSITIVE_HAN = re.compile(
    r"结婚|已婚|未婚|婚姻|配偶|丈夫|妻子|老公|老婆|离婚|怀孕|生育|孩子|子女|小孩|家庭|父母"
    r"|宗教|信仰|教会|清真|祷告|民族|种族|肤色|国籍|籍贯|户籍|移民|出生|性别|同性恋"
    r"|残疾|健康|疾病|生病|病史|医疗|医生|年龄|几岁|多大年纪|岁数|政治|党派|投票|工会"
)


def spoken_language(text: str) -> str:
    """Return the BCP 47 tag by which a browser chooses the voice: ``zh-CN``, ``en-US`` or ``und``.

    Any other language is ``und``, and so is what is too short to be told: a question that the
    officer reads is better than one in a voice that nobody understands.
    """
    if _HAN.search(text):
        return UNKNOWN_LANGUAGE if _KANA.search(text) else "zh-CN"
    return "en-US" if _ENGLISH.search(text) else UNKNOWN_LANGUAGE


def sensitive_words(text: str) -> list[str]:
    """Return the words of a question that touch what a lender may not ask, in their order."""
    found = _SENSITIVE.findall(text) + _SENSITIVE_HAN.findall(text)
    return list(dict.fromkeys(found))
