#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the ugly mails of this folder and expected.json. All texts are invented. Run after a change:
python3 tests/golden/mail/make_mails.py"""
import base64
import json
import os
import quopri
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
EXPECTED = {}
S = "绿化带遮挡视线"
T = "路口的石楠太高，拐弯时看不见来车。"


def b64(data):
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def word(text, charset, label=None, kind="B"):
    raw = text.encode(charset)
    if kind == "B":
        return f"=?{label or charset}?B?{base64.b64encode(raw).decode()}?="
    q = "".join(f"={x:02X}" for x in raw)
    return f"=?{label or charset}?Q?{q}?="


def case(name, head, body=b"", **expected):
    """head: lines (str as ASCII or bytes); body: bytes."""
    lines = [h if isinstance(h, bytes) else h.encode("ascii") for h in head]
    base = [] if expected.pop("bare", False) else [b"From: <zhang@example.cn>", b"Date: Mon, 10 Aug 2015 22:03:00 +0800"]
    eol = expected.pop("eol", b"\r\n")
    data = eol.join(base + lines) + eol + eol + body
    with open(os.path.join(HERE, name + ".eml"), "wb") as f:
        f.write(data)
    EXPECTED[name] = expected


def plain(charset=None, cte="8bit"):
    return ["MIME-Version: 1.0", "Content-Type: text/plain" + (f"; charset={charset}" if charset else ""),
            f"Content-Transfer-Encoding: {cte}"]


def multi(kind, *parts, boundary="b1", tail=True, extra=""):
    out = b""
    for p in parts:
        out += b"--" + boundary.encode() + b"\r\n" + p + b"\r\n"
    if tail:
        out += b"--" + boundary.encode() + b"--\r\n"
    return [f'Content-Type: multipart/{kind}; boundary="{boundary}"{extra}'], out


def part(ctype, data, cte="base64", extra=""):
    enc = b64(data) if cte == "base64" else data
    return f"Content-Type: {ctype}\r\nContent-Transfer-Encoding: {cte}\r\n{extra}\r\n".encode() + enc


UTF = part("text/plain; charset=utf-8", T.encode())

# charsets of bodies
case("01-utf8-8bit", ["Subject: " + word(S, "utf-8")] + plain("utf-8"), T.encode(), subject=S, text=T)
case("02-gbk-base64", ["Subject: " + word(S, "gbk")] + plain("gbk", "base64"), b64(T.encode("gbk")), subject=S, text=T)
case("03-gb2312-quoted-printable", ["Subject: " + word(S, "gb2312", kind="Q")] + plain("GB2312", "quoted-printable"),
     quopri.encodestring(T.encode("gbk")).replace(b"\n", b"\r\n"), subject=S, text=T)
rare = "业主赵鎔和李喆反映㐂庆里停水"
case("04-gb2312-label-gb18030-data", ["Subject: " + word(rare, "gb18030", "gb2312")] + plain("gb2312", "base64"),
     b64(rare.encode("gb18030")), subject=rare, text=rare)
case("05-hz", ["Subject: " + word(S, "hz", "hz-gb-2312")] + plain("hz-gb-2312", "7bit"), T.encode("hz"), subject=S, text=T)
case("06-iso-2022-cn", ["Subject: x"] + plain("iso-2022-cn", "7bit"), b"\x1b$)A\x0eDc:C\x0f ok", text="你好 ok")
case("07-big5", ["Subject: " + word("路燈不亮", "big5")] + plain("big5", "base64"), b64("路燈不亮已經三天".encode("big5")),
     subject="路燈不亮", text="路燈不亮已經三天")
case("08-no-charset-gbk", ["Subject: x"] + plain(None), T.encode("gbk"), text=T)
case("09-us-ascii-label-utf8", ["Subject: x"] + plain("us-ascii"), T.encode(), text=T)
case("10-no-mime-fields-gbk", ["Subject: x"], T.encode("gbk"), text=T)
case("11-unknown-charset", ["Subject: " + word(S, "utf-8", "x-martian")] + plain("x-martian"), T.encode("gbk"), subject=S, text=T)
case("12-alias-gb_2312-80", ["Subject: " + word(S, "gbk", "GB_2312-80")] + plain("GB_2312-80"), T.encode("gbk"), subject=S, text=T)
case("13-alias-cp936", ["Subject: x"] + plain("cp936"), T.encode("gbk"), text=T)
case("14-utf-16", ["Subject: x"] + plain("utf-16", "base64"), b64(T.encode("utf-16")), text=T)
case("15-gb2312-label-utf8-data", ["Subject: x"] + plain("gb2312"), (T * 3).encode(), text=T * 3)
case("16-bad-bytes-are-replaced", ["Subject: x"] + plain("utf-8"), T.encode() + b"\xff\xfe end of it, in the clear " * 3,
     text_contains="路口的石楠太高")

# subjects and names
long = "关于新城花园小区北门外绿化带石楠过高遮挡行车视线存在安全隐患的情况反映"
raw = long.encode("gbk")
split = "\r\n ".join("=?gb2312?B?" + base64.b64encode(raw[i:i + 15]).decode() + "?=" for i in range(0, len(raw), 15))
case("17-character-split-over-words-gbk", ["Subject: " + split] + plain("utf-8"), T.encode(), subject=long, text=T)
raw = long.encode()
split = "\r\n\t".join("=?utf-8?B?" + base64.b64encode(raw[i:i + 20]).decode() + "?=" for i in range(0, len(raw), 20))
case("18-character-split-over-words-utf8", ["Subject: " + split] + plain("utf-8"), T.encode(), subject=long, text=T)
case("19-raw-gbk-subject", [b"Subject: " + long.encode("gbk")] + plain("utf-8"), T.encode(), subject=long, text=T)
case("20-raw-utf8-subject-and-name", ["Subject: x".encode() + S.encode(), "From: 张三 <zhang@example.cn>".encode(),
     "Date: Mon, 10 Aug 2015 22:03:00 +0800"] + plain("utf-8"), T.encode(), bare=True, subject="x" + S, text=T, from_name="张三")
case("21-encoded-name-in-quotes", ['From: "' + word("李四", "gb2312") + '" <LI@Example.CN>', "Subject: x"] + plain("utf-8"),
     T.encode(), bare=True, text=T, **{"from": "li@example.cn"}, from_name="李四")
case("22-words-touch-text", ["Subject: Re:" + word(S, "utf-8") + "!"] + plain("utf-8"), T.encode(), subject="Re:" + S + "!", text=T)
case("23-broken-base64-in-word", ["Subject: =?utf-8?B?" + base64.b64encode(S.encode()).decode().rstrip("=") + "?="] + plain("utf-8"),
     T.encode(), subject=S, text=T)
case("24-word-with-language", ["Subject: " + word(S, "utf-8", "utf-8*zh")] + plain("utf-8"), T.encode(), subject=S, text=T)
case("25-mixed-charsets-in-words", ["Subject: " + word("绿化", "gbk") + " " + word("带", "utf-8")] + plain("utf-8"), T.encode(),
     subject="绿化带", text=T)

# structure
h, b = multi("alternative", UTF, part("text/html; charset=utf-8", f"<p>{T}</p>".encode()))
case("26-alternative", ["Subject: x"] + h, b, text=T)
case("27-html-only-gbk-meta", ["Subject: x", "Content-Type: text/html", "Content-Transfer-Encoding: 8bit"],
     f'<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312"><style>p {{color:red}}</style></head>'
     f'<body><p>{T}</p><div>第二行&nbsp;&lt;3&#23567;时</div><script>alert(1)</script></body></html>'.encode("gbk"),
     text=T + "\n第二行 <3小时\n")
h, b = multi("mixed", UTF, part("image/jpeg", b"\xff\xd8\xff\xe0abc", extra="Content-Disposition: attachment; filename*=GBK''"
             + urllib.parse.quote("现场照片.jpg".encode("gbk")) + "\r\n"))
case("28-attachment-rfc2231", ["Subject: x"] + h, b, text=T, attachments=[["现场照片.jpg", "image/jpeg", 7]])
name = "新城花园小区北门外绿化带石楠过高遮挡行车视线的现场照片.jpg".encode("gbk")
split = "\r\n ".join("=?gb2312?B?" + base64.b64encode(name[i:i + 15]).decode() + "?=" for i in range(0, len(name), 15))
h, b = multi("mixed", UTF, part(f'image/jpeg; name="{split}"', b"abc", extra=f'Content-Disposition: attachment; filename="{split}"\r\n'))
case("29-attachment-name-in-split-words", ["Subject: x"] + h, b, text=T,
     attachments=[["新城花园小区北门外绿化带石楠过高遮挡行车视线的现场照片.jpg", "image/jpeg", 3]])
parts = urllib.parse.quote("情况说明第一部分和第二部分.doc".encode())
h, b = multi("mixed", UTF, part("application/msword", b"abc", extra="Content-Disposition: attachment;\r\n filename*0*=UTF-8''"
             + parts[:40] + ";\r\n filename*1*=" + parts[40:] + "\r\n"))
case("30-attachment-name-continued", ["Subject: x"] + h, b, text=T,
     attachments=[["情况说明第一部分和第二部分.doc", "application/msword", 3]])
h, b = multi("mixed", UTF, part("application/octet-stream", b"abc", extra='Content-Disposition: attachment; filename="..\\..\\x.exe"\r\n'),
             part("application/octet-stream", b"abc", extra='Content-Disposition: attachment; filename="../../etc/passwd"\r\n'),
             part("application/octet-stream", b"abc", extra='Content-Disposition: attachment; filename="con.txt"\r\n'))
case("31-attachment-names-with-folders", ["Subject: x"] + h, b, text=T,
     attachments=[["x.exe", "application/octet-stream", 3], ["passwd", "application/octet-stream", 3], ["_con.txt", "application/octet-stream", 3]])
h, b = multi("mixed", UTF, b'Content-Type: image/png; name="' + "图.png".encode("gbk") + b'"\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj\r\n')
case("32-attachment-raw-gbk-name", ["Subject: x"] + h, b, text=T, attachments=[["图.png", "image/png", 3]])
_, b = multi("mixed", UTF, part("image/png", b"abc", extra="Content-Disposition: attachment; filename=a.png\r\n"))
case("33-multipart-without-boundary", ["Subject: x", "Content-Type: multipart/mixed"], b, text=T, attachments=[["a.png", "image/png", 3]])
case("34-multipart-without-any-boundary-line", ["Subject: x", "Content-Type: multipart/mixed"], T.encode("gbk"), text=T)
h, b = multi("mixed", UTF, tail=False)
case("35-no-closing-boundary", ["Subject: x"] + h, b, text=T)
h, b = multi("mixed", UTF, part("text/plain; charset=gbk", "第二段。".encode("gbk")))
case("36-two-texts", ["Subject: x"] + h, b, text=T + "\n第二段。")
hi, bi = multi("alternative", UTF, part("text/html", b"<p>x</p>"), boundary="b2")
h, b = multi("related", hi[0].encode() + b"\r\n\r\n" + bi, part("image/gif", b"abc", extra="Content-ID: <i@x>\r\n"))
case("37-nested-related", ["Subject: x"] + h, b, text=T, attachments=[["attachment-1", "image/gif", 3]])
inner = b"From: <wang@example.cn>\r\nSubject: inner\r\n\r\nhello\r\n"
h, b = multi("mixed", UTF, b"Content-Type: message/rfc822\r\n\r\n" + inner)
case("38-enclosed-mail", ["Subject: x"] + h, b, text=T, attachment_names=["inner.eml"])
case("39-base64-with-junk", ["Subject: x"] + plain("utf-8", "base64"), b64(T.encode())[:20] + b"\r\n!*\r\n" + b64(T.encode())[20:], text=T)
case("40-bare-lf", ["Subject: " + word(S, "utf-8")] + plain("utf-8"), T.encode() + b"\nx\n", eol=b"\n", subject=S, text=T + "\nx\n")
with open(os.path.join(HERE, "41-mbox-line.eml"), "wb") as f:
    f.write(b"From zhang@example.cn Mon Aug 10 22:03:00 2015\nFrom: <zhang@example.cn>\nSubject: x\n\nhello\n")
EXPECTED["41-mbox-line"] = {"text": "hello\n", "from": "zhang@example.cn"}
case("42-no-subject-no-date-no-id", ["From: zhang@example.cn (Zhang)"], T.encode(), bare=True, text=T, subject="", from_name="Zhang")
case("43-unknown-transfer-encoding", ["Subject: x"] + plain("utf-8", "x-foo"), T.encode(), text=T)
case("44-html-with-broken-tags", ["Subject: x", "Content-Type: text/html; charset=utf-8"],
     f"<div>{T}<br>3 < 5 &amp 4<p>a<b>b</div><!-- -- x".encode(), text=T + "\n3 < 5 &amp 4\nab\n")
h, b = multi("mixed", UTF, part("application/ms-tnef", b"abc", extra="Content-Disposition: attachment; filename=winmail.dat\r\n"))
case("45-tnef-kept-as-attachment", ["Subject: x"] + h, b, text=T, attachments=[["winmail.dat", "application/ms-tnef", 3]])
case("46-empty-body", ["Subject: " + word(S, "utf-8")] + plain("utf-8"), b"", subject=S, text="")
case("47-duplicate-fields", ["Subject: first", "Subject: second", "Message-ID: <a@x>", "Message-ID: <b@x>"] + plain("utf-8"), b"t",
     subject="first", text="t", message_id="a@x")
case("48-references", ["Subject: x", "Message-ID: <3@x.cn>", "In-Reply-To: <2@x.cn> (by phone)", "References: <1@x.cn>\r\n\t<2@x.cn>"], b"t",
     text="t", message_id="3@x.cn", in_reply_to="2@x.cn", references=["1@x.cn", "2@x.cn"])

with open(os.path.join(HERE, "expected.json"), "w", encoding="utf-8") as f:
    json.dump(EXPECTED, f, ensure_ascii=False, indent=1)
    f.write("\n")
