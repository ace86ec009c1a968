"""What programs write and people forward: logs, dumps, code, identifiers."""

from __future__ import annotations

import json

from tests.corpus.business.case import Draft, File, Kind
from tests.corpus.business.digits import hexes, meeting, stamp, uid
from tests.corpus.business.draw import Draw
from tests.corpus.business.tables import table


def _given(
    d: Draw, subject: str, lead: str, name: str, content: str, media_type: str = "text/plain"
) -> Draft:
    """The content pasted into the mail, or attached."""
    if d.maybe(0.4) and len(content) < 4000:
        return Draft(subject, f"{lead}\n\n{content}")
    return Draft(
        subject,
        lead,
        files=(
            File(name, content.encode(d.one("utf-8", "utf-8", "cp932"), "replace"), media_type),
        ),
    )


def _logs(d: Draw) -> Draft:
    form = d.one("iso", "compact", "apache", "epoch")
    lines = []
    for _ in range(d.randint(5, 80)):
        moment = d.moment()
        who = f"10.{d.randint(0, 255)}.{d.randint(0, 255)}.{d.randint(1, 254)}"
        lines.append({
            "iso": f"{moment:%Y-%m-%d %H:%M:%S},{d.digits(3)} INFO [worker-{d.randint(1, 9)}] request_id={hexes(d, 16)} user={d.digits(6)} took={d.digits(3)}ms",
            "compact": f"{moment:%Y%m%d%H%M%S} {d.one('INFO', 'WARN', 'ERROR')} job={d.digits(12)} rc={d.randint(0, 255)}",
            "apache": f'{who} - - [{moment:%d/%b/%Y:%H:%M:%S} +0900] "GET /item/{d.digits(d.one(8, 12))}?ts={moment:%Y%m%d%H%M} HTTP/1.1" 200 {d.digits(5)}',
            "epoch": f"{int(moment.timestamp())}.{d.digits(6)} {who} TCP_MISS/200 {d.digits(d.one(5, 12))} session={d.digits(12)}",
        }[form])  # fmt: skip
    return _given(
        d,
        d.one("ログの送付", "障害調査の件", "エラーログの確認依頼"),
        "該当時間帯のログです。",
        d.one("app.log", "access.log", "syslog.txt"),
        "\n".join(lines),
    )


def _json_dumps(d: Draw) -> Draft:
    identifier = d.one(lambda: d.digits(12), lambda: int("1" + d.digits(11)), lambda: uid(d))
    items = [
        {"id": identifier(), "order_no": d.digits(12), "createdAt": stamp(d), "amount": d.yen(), "user": {"id": int(d.digits(9)), "name": d.person().name},
         "tracking": {"carrier": d.one("yamato", "sagawa", "jp-post"), "number": d.digits(12)}, "tags": [d.digits(4) for _ in range(3)]}
        for _ in range(d.randint(1, 15))
    ]  # fmt: skip
    content = json.dumps(
        {"status": 200, "request_id": d.digits(12), "items": items},
        ensure_ascii=d.maybe(0.5),
        indent=d.one(None, 2),
    )
    return _given(
        d,
        d.one("APIのレスポンス", "連携データの確認", "不具合の再現手順"),
        "レスポンスを共有します。",
        "response.json",
        content,
        "application/json",
    )


def _sql_dumps(d: Draw) -> Draft:
    rows = [
        f"({d.digits(d.one(8, 12))}, '{d.person().name}', '{d.moment():%Y-%m-%d %H:%M:%S}', {d.yen()}, '{d.digits(12)}')"
        for _ in range(d.randint(2, 40))
    ]
    content = (
        "CREATE TABLE orders (id BIGINT PRIMARY KEY, name VARCHAR(40), created DATETIME, amount INT, code CHAR(12));\nINSERT INTO orders (id, name, created, amount, code) VALUES\n"
        + ",\n".join(rows)
        + ";\n"
    )
    return _given(
        d, d.one("SQLの確認依頼", "ダンプの送付"), "対象データのダンプです。", "dump.sql", content
    )


def _source_code(d: Draw) -> Draft:
    name = d.one("MAX_ID", "TIMEOUT_NS", "MAGIC", "BASE", "OFFSET")
    content = (
        f"import time\n\n# Copyright (c) {d.randint(2010, 2026)}\n{name} = {d.digits(12)}\nTABLE = [{', '.join(d.digits(d.one(4, 12)) for _ in range(d.randint(3, 12)))}]\n\n\n"
        f"def lookup(key: int = 0x{hexes(d, 12)}) -> int:\n    if key > {d.digits(12)}:\n        raise ValueError('{uid(d)}')\n    return TABLE[key % len(TABLE)] * {d.digits(4)} - {d.digits(4)} - {d.digits(4)}\n\n\n"
        f"assert lookup() == {d.digits(d.one(10, 12, 13))}  # sha1 {hexes(d, 40)}\n"
    )
    return _given(
        d,
        d.one("ソースコードのレビュー依頼", "パッチの送付"),
        "修正箇所です。",
        d.one("lookup.py", "lookup.txt"),
        content,
    )


def _exports(d: Draw) -> Draft:
    rows = [
        (
            d.digits(12),
            f"{d.moment():%Y%m%d%H%M}",
            d.digits(d.one(4, 8)),
            str(d.yen()),
            d.one("済", "未", "取消"),
            uid(d),
        )
        for _ in range(d.randint(3, 60))
    ]
    head = d.one(
        ("ID", "登録日時", "区分", "金額", "状態", "GUID"),
        ("管理番号", "処理日時", "コード", "金額", "結果", "トークン"),
        ("id", "created", "code", "amount", "status", "uuid"),
        (),
    )
    return table(
        d,
        d.one("データ抽出結果", "エクスポートデータの送付", "月次データ"),
        "抽出データをお送りします。",
        head,
        rows,
    )


def _identifiers(d: Draw) -> Draft:
    lines = "\n".join(
        d.one(
            f"{uid(d)}",
            f"sha256:{hexes(d, 64)}",
            f"device {hexes(d, 12)}",
            f"MAC {hexes(d, 12)}",
            f"session {hexes(d, 32)}",
            f"IMEI {d.digits(15)}",
            f"commit {hexes(d, 40)}",
            f"S/N {d.one('C02', 'FVF')}{d.digits(9)}",
        )
        for _ in range(d.randint(3, 30))
    )
    return Draft(
        d.one("識別子の一覧", "端末情報の連携", "証明書の更新"),
        f"対象は以下のとおりです。\n\n{lines}",
    )


def _cloud_accounts(d: Draw) -> Draft:
    account = d.one("", "1", "5", "8") + d.digits(12)
    account = account[:12]
    text = d.one(
        f"AWSアカウントID：{d.one(account, f'{account[:4]}-{account[4:8]}-{account[8:]}')}\nロール：arn:aws:iam::{account}:role/Admin\nリージョン：ap-northeast-1\nログイン：https://{account}.signin.aws.example/console",
        f"請求先アカウント {account} の今月の利用料は USD {d.randint(10, 9000)}.{d.digits(2)} です。\nInvoice number: {d.digits(10)}\nリンクアカウント:\n"
        + "\n".join(
            f"  {d.digits(12)}  {d.one('prod', 'dev', 'stg', 'log')}"
            for _ in range(d.randint(1, 8))
        ),
        f"GCPプロジェクト番号：{d.digits(12)}\nプロジェクトID：sample-{d.digits(6)}\nサービスアカウント：{d.digits(12)}-compute@developer.example",
    )
    return Draft(d.one("AWSアカウントの件", "クラウド利用料のお知らせ", "権限付与の依頼"), text)


def _alerts(d: Draw) -> Draft:
    return Draft(
        d.one("[ALERT] disk usage", "【監視】異常検知", "バッチ処理結果", "バックアップ完了通知"),
        f"検知時刻: {stamp(d)}\nホスト: srv{d.digits(3)}\n事象ID: {d.one(d.digits(12), hexes(d, 12), stamp(d))}\n使用量: {d.digits(12)} bytes / {d.digits(13)} bytes\n処理件数: {d.randint(1, 10**9):,}\n実行ID: {d.moment():%Y%m%d%H%M}-{d.digits(4)}\nチケット: INC{d.digits(d.one(7, 12))}",
    )


def _serials(d: Draw) -> Draft:
    """Consecutive serials, bare or in a column, some with zeros in front."""
    start, step = int(d.one("", "1", "49") + d.digits(d.one(6, 9, 10))), d.one(1, 1, 1, 10, 100)
    numbers = [f"{start + i * step:012d}"[-12:] for i in range(d.randint(3, 60))]
    if d.maybe(0.3):
        return Draft(
            d.one("シリアル番号の連絡", "管理シールの番号"),
            "対象のシリアル番号です。\n\n" + "\n".join(numbers),
        )
    rows = [
        (n, d.one("タブレット", "ルーター", "IC券", "会員証", "備品シール"), d.written(d.day()))
        for n in numbers
    ]
    return table(
        d,
        d.one("シリアル番号一覧", "備品台帳", "発行番号一覧"),
        "一覧をお送りします。",
        (d.one("シリアル番号", "製造番号", "管理番号", "番号", "No."), "品名", "登録日"),
        rows,
    )


def _statistics(d: Draw) -> Draft:
    rows = [
        (
            f"{year}年",
            *(
                f"{d.randint(10**3, 10 ** d.one(5, 6, 7, 9, 11)):{d.one('', ',')}}"
                for _ in range(4)
            ),
        )
        for year in range(d.randint(1990, 2015), 2026)
    ]
    return table(
        d,
        d.one("統計資料", "人口動態の集計", "決算統計の照会"),
        "集計結果です（単位：人、千円）。",
        ("年", "総数", "男", "女", "金額"),
        rows,
    )


def _bounces(d: Draw) -> Draft:
    said = f"This message was created automatically.\n\nDelivery to the following recipient failed:\n    {d.mailbox()}\n\nReporting-MTA: dns; mx{d.digits(2)}.example\nX-Postfix-Queue-ID: {hexes(d, 10).upper()}\nArrival-Date: {d.moment():%a, %d %b %Y %H:%M:%S} +0900\nRemote-MTA: dns; {d.randint(1, 254)}.{d.randint(0, 255)}.{d.randint(0, 255)}.{d.randint(1, 254)}\nDiagnostic-Code: smtp; 550 5.1.1 {d.digits(12)} unknown {hexes(d, 24)}\nMessage-ID: <{d.moment():%Y%m%d%H%M}.{d.digits(12)}@{d.domain()}>"
    return Draft(d.one("配送エラーの転送", "Undelivered Mail Returned to Sender"), said)


def _tickets(d: Draw) -> Draft:
    return Draft(
        d.one(f"[#{d.digits(7)}] お問い合わせ", "サポートからの回答", "障害のご報告"),
        f"お問い合わせ番号：{d.one(d.digits(12), d.digits(8), f'CS{d.digits(10)}')}\n受付日時：{stamp(d)}\n契約ID：{d.digits(d.one(8, 10, 12))}\n製品：{d.one('NAS', '複合機', 'UTM')}（S/N {d.digits(d.one(10, 12))}）\n\n{d.one('再起動で復旧しました。', '部品の交換が必要です。', '設定の変更をお願いします。')}\n打ち合わせ {meeting(d)}",
    )


KINDS = (
    Kind("logs", _logs),
    Kind("JSON dumps", _json_dumps),
    Kind("SQL dumps", _sql_dumps),
    Kind("source code", _source_code),
    Kind("CSV exports", _exports, share=150),
    Kind("UUIDs and hex", _identifiers),
    Kind("cloud accounts", _cloud_accounts),
    Kind("alerts", _alerts),
    Kind("consecutive serials", _serials, share=150),
    Kind("statistics", _statistics),
    Kind("bounces", _bounces),
    Kind("support tickets", _tickets),
)
