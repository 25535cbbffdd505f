"""What a person finds first in a bundle: how to check it, in Chinese and in English."""

from creditor_meetings.meetings.models import Meeting

_TEXT = """{court} {number}
{debtor}：{title}

证据包说明
==========

本压缩包保存了这次债权人会议的全部记录，供任何人不依赖会议系统独立核验。

核验方法（任何装有 Python 3.9 或更高版本的电脑，无需安装其他软件，无需联网）：

    python3 verify_evidence.py 证据包.zip

程序会重新计算每一条记录的摘要、链条、树根和签名，根据登记时的债权重新编制表决权登记册，
重新计票，并核对文件、录像和文书。全部相符时退出码为 0；有不符之处时为 1，并指出是什么、在哪里；
无法读取时为 2。程序最后列出签名公钥的指纹，请与法院或管理人另行公布的指纹比对。

  ledger.jsonl       会议记录（账本），每行一条，编码依 RFC 8785，逐条以 SHA-256 相连
  seals.json         每批记录的签名（Ed25519）
  heads.json         签名树头：每次表决截止、闭会和制作本包时整本记录的树根（RFC 6962）
  timestamps/        可信时间戳（RFC 3161），如已配置
  keys.json          签名公钥，后一把由前一把签署
  documents/ papers/ recordings/ mandates/ ballots/
                     会议文件、会议记录与表决结果文书、录像、授权委托书、书面表决票扫描件
  manifest.json      本包内每个文件的 SHA-256，manifest.sig.json 为其签名

本包含有个人信息，请依法保管。


Evidence of a creditors' meeting
================================

This archive holds the whole record of the meeting, for anybody to check without the software
that kept it. On any computer with Python 3.9 or newer, nothing else installed and no network:

    python3 verify_evidence.py BUNDLE.zip --lang en

It computes anew every hash, the chain, the tree's roots and the signatures, draws up the voting
registers from the claims, counts the votes, and compares documents, recordings and papers with the
record. It exits 0 when all holds, 1 when something does not (it says what and where), 2 when the
file cannot be read. At the end it prints the fingerprint of the signing key: compare it with the
one that the court or the administrator made public.

The bundle holds personal data: keep it accordingly.
"""


def text(meeting: Meeting) -> str:
    """Write the README of a meeting's bundle."""
    case = meeting.case
    return _TEXT.format(
        court=case.court, number=case.number, debtor=case.debtor, title=meeting.title
    )
