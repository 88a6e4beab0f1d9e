"""Topics of many comments and groups of many voters: `python -m bench.opinions` (200,000 comments; some minutes).

Comments are put together from words of ten topics in Japanese and English, a tenth of them floods of the same post with
small changes. No resident wrote them: purity says that the machinery works, not how well real topics are found.
Votes: 20,000 people of three leanings on 200 statements, a fifth of them seen. `--comments N`, `--voters N`.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np

from noren.civic.opinions import VoteMatrix, analyse, topics_of
from noren.civic.opinions.votes import UNSEEN

JA = (
    "街灯 夜道 暗い 照明 電球 防犯灯|ごみ 収集日 集積所 カラス 分別 粗大ごみ|"
    "歩道 段差 車椅子 点字ブロック 横断歩道 幅員|"
    "保育園 待機児童 学童 一時預かり 保育士 送迎|"
    "公園 遊具 砂場 芝生 ベンチ 水飲み場|バス 運行本数 停留所 時刻表 終バス 路線|"
    "図書館 開館時間 自習室 蔵書 貸出 閲覧席|"
    "避難所 備蓄 防災無線 ハザードマップ 訓練 浸水|病院 夜間診療 小児科 予約 待ち時間 診療所|"
    "騒音 工事 深夜 バイク 振動 苦情"
)
EN = (
    "streetlight dark lamp lighting bulb alley|garbage collection crows recycling bins litter|"
    "sidewalk wheelchair curb crossing ramp pavement|nursery childcare waiting preschool toddlers daycare|"
    "park playground swings lawn bench fountain|bus timetable stop route driver fare|"
    "library books opening reading shelves loans|shelter evacuation flood siren drill supplies|"
    "hospital clinic doctor appointment nurse pediatric|noise construction motorcycles midnight vibration loud"
)
JA_FRAME = (
    "{p}の{a}について、{b}も{c}も困っています。{d}を見直してください。",
    "{a}が足りません。{b}と{c}のことも考えてほしいです。{p}に住んでいます。",
    "最近、{p}では{a}や{b}が問題です。{c}をもっと良くしてほしい。",
    "{p}の{a}、{b}をなんとかしてください。{c}も{d}もひどいです。",
)
EN_FRAME = (
    "The {a} in {p} is a problem, and so is the {b}. Please look at the {c} and {d} soon.",
    "We need better {a} near {p}. The {b} and the {c} have been bad for months.",
    "Why is the {a} around {p} so poor? Old people cannot use the {b}, nor the {c}.",
    "Please fix {a} and {b} at {p}; my family worries about {c} every day because of the {d}.",
)


def comments(count: int, seed: int = 1) -> tuple[list[str], list[int]]:
    """Generated comments and their topics; every tenth repeats the one before with another ending."""
    random, texts, topics = np.random.default_rng(seed), [], []
    banks = [[each.split() for each in bank.split("|")] for bank in (JA, EN)]
    places = (
        ["北町", "南町", "駅前", "川端", "山手", "港"],
        ["the north", "the station", "the harbour", "the old town"],
    )
    while len(texts) < count:
        which = int(random.integers(2))
        topic = int(random.integers(10))
        words = random.permutation(banks[which][topic])
        frames = (JA_FRAME, EN_FRAME)[which]
        place = str(random.choice(places[which])) + (f"{random.integers(1, 40)}丁目" if which == 0 else "")
        text = frames[random.integers(4)].format(p=place, a=words[0], b=words[1], c=words[2], d=words[3])
        again = int(random.integers(2, 20)) if random.random() < 0.01 else 1
        texts += [text + "！" * each for each in range(again)]
        topics += [topic + 10 * which] * again
    return texts[:count], topics[:count]


def votes(voters: int, statements: int = 200, seed: int = 1) -> VoteMatrix:
    """Generated votes of three leanings, a fifth of all statements seen."""
    random = np.random.default_rng(seed)
    leaning = random.choice([-1, 0, 1], size=(3, statements), p=[0.4, 0.2, 0.4])
    own = leaning[random.integers(3, size=voters)]
    noise = random.random((voters, statements)) < 0.15
    values = np.where(noise, random.integers(-1, 2, (voters, statements)), own)
    seen = random.random((voters, statements)) < 0.2
    return VoteMatrix(np.arange(voters), np.arange(statements), np.where(seen, values, UNSEEN).astype(np.int8))


def main() -> None:
    """Both parts, with seconds and the highest memory so far."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--comments", type=int, default=200_000)
    parser.add_argument("--voters", type=int, default=20_000)
    options = parser.parse_args()
    texts, truth = comments(options.comments)
    print(f"comments made: {len(texts):,}, {_memory()}")
    start, steps = time.perf_counter(), {}

    def told(step: str, share: float) -> None:
        steps[f"{step} {share:.1f}"] = time.perf_counter() - start

    found = topics_of(texts, told=told)
    seconds = time.perf_counter() - start
    print(f"topics: {seconds:.1f} s, {len(found.topics)} of {len(found.folded.heads):,} different texts, {_memory()}")
    print("  " + ", ".join(f"{step} at {at:.0f} s" for step, at in steps.items() if step.startswith("topics")))
    print(f"  purity {_purity(found.of, truth):.3f}, in 'other' {found.other[1]:,}, tried {found.fits}")
    for each in found.topics[:4]:
        print("  " + f"{each.texts:,} ({each.posts:,})", each.language, each.words)
    matrix = votes(options.voters)
    start = time.perf_counter()
    groups = analyse(matrix)
    sizes = np.bincount(groups.grouping.group) if groups.grouping else []
    print(f"groups of {options.voters:,} voters: {time.perf_counter() - start:.1f} s, {list(sizes)}, {_memory()}")


def _purity(assigned: np.ndarray, truth: list[int]) -> float:
    known = assigned >= 0
    pairs = np.array(truth)[known]
    hits = sum(np.bincount(pairs[assigned[known] == topic]).max() for topic in np.unique(assigned[known]))
    return float(hits / len(truth))


def _memory() -> str:
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB at most"


if __name__ == "__main__":
    main()
