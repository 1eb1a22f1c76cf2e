"""A database of a wanted size, made inside the server: a broker's text, numbers and jsonb, or a time series.

gzip -6 makes a fifth of the broker's dump, isal level 1 a quarter to a fifth, as of other plain dumps. What the server
takes to print a GB depends on what is in it: 4 s for the broker's long texts, 6.5 s for numbers and times.
"""

from __future__ import annotations

from typing import Literal

from backuptool.sources.server import Server

Kind = Literal["broker", "series"]
ROWS_PER_GIGABYTE = 1_270_000  # submissions, with two data files and one event each: 1.00 GB of plain dump
TABLES = """
CREATE TABLE submission (
    id bigint, curator int, state text, title text, abstract text, body jsonb, created timestamptz, score numeric);
CREATE TABLE data_file (submission bigint, name text, digest text, size bigint);
CREATE TABLE event (at timestamptz, submission bigint, what text, seconds double precision);
"""
SUBMISSIONS = """
INSERT INTO submission
    SELECT n, n % 200, {state}[1 + n % 4],
        format('%s of %s in %s, study %s', {method}[1 + n % 7], {what}[1 + n / 7 % 9], {whom}[1 + n / 63 % 11], n),
        format('We %s %s %s samples of %s; %s were kept after quality control. Results of %s were %s with those of '
            'study %s on %s %s (p = %s); all data files were checked against their digests before they were released.',
            {did}[1 + n % 5], n * 7919 % 911, {what}[1 + n * 31 % 9], {whom}[1 + n * 17 % 11], n * 104729 % 613,
            {method}[1 + n * 13 % 7], {did}[1 + n / 5 % 5], n * 31 % 9973, {whom}[1 + n / 2 % 11],
            {what}[1 + n * 7 % 9], round((n * 7919 % 99991) / 99991.0, 4)),
        jsonb_build_object('accession', 'S' || lpad(n::text, 9, '0'), 'files', n % 17, 'public', n % 3 = 0,
            'contact', jsonb_build_object('name', 'Curator ' || n % 200, 'mail', format('c%s@example.org', n % 200)),
            'checksum', md5(n::text), 'tags', jsonb_build_array({what}[1 + n % 9], {method}[1 + n % 7])),
        timestamptz '2015-03-29 00:30+00' + n * interval '7 min 13 s',
        CASE n % 9 WHEN 0 THEN NULL ELSE n * 7919 % 99991 / 8.0 END
    FROM generate_series(1, {rows}::bigint) n;
"""
DETAILS = """
INSERT INTO data_file
    SELECT 1 + n / 2, format('S%s_L%s_R%s.fastq.gz', lpad((n / 2)::text, 9, '0'), 1 + n % 4, 1 + n % 2), md5(n::text),
        n * 4099 % 9999991
    FROM generate_series(1, 2 * {rows}::bigint) n;
INSERT INTO event
    SELECT timestamptz '2015-06-01' + n * interval '7 min 37 s', n, {event}[1 + n % 4] || ' ' || {what}[1 + n % 9],
        n % 997 / 7.0
    FROM generate_series(1, {rows}::bigint) n;
ALTER TABLE submission ADD PRIMARY KEY (id);
"""
SERIES_ROWS_PER_GIGABYTE = 13_600_000
SERIES = """
CREATE TABLE measurement (id bigint, sensor int, at timestamptz, value double precision, quality smallint,
    amount numeric, state text);
INSERT INTO measurement
    SELECT n, n % 4000, timestamptz '2015-03-29 00:30+00' + n * interval '1.37 s', n * 7919 % 99991 / 97.0, n % 100,
        round(n * 104729 % 9999991 / 1000.0, 3), {state}[1 + n % 4]
    FROM generate_series(1, {rows}::bigint) n;
"""
WORDS = {
    "state": ("new", "checked", "in process", "done"),
    "event": ("validated", "moved", "released", "opened"),
    "did": ("sequenced", "collected", "compared", "annotated", "measured again"),
    "method": ("sequencing", "imaging", "assembly", "alignment", "profiling", "mass spectrometry", "a survey"),
    "what": ("genome", "transcriptome", "exome", "soil", "plasma", "16S amplicon", "leaf", "tumour", "single cell"),
    "whom": (
        "Homo sapiens", "Mus musculus", "Danio rerio", "Arabidopsis thaliana", "Escherichia coli", "Zea mays",
        "Oryza sativa", "Saccharomyces cerevisiae", "Rattus norvegicus", "Gallus gallus", "Sus scrofa",
    ),
}  # fmt: skip


def fill(server: Server, name: str, gigabytes: float, kind: Kind = "broker") -> None:
    """Make the database `name`, whose plain dump has about `gigabytes` times 10^9 bytes. Raises BackuptoolError."""
    words = {word: f"(array[{', '.join(map(repr, choice))}])" for word, choice in WORDS.items()}
    sql, rows = (SERIES, SERIES_ROWS_PER_GIGABYTE) if kind == "series" else (SUBMISSIONS + DETAILS, ROWS_PER_GIGABYTE)
    _say(server, f"CREATE DATABASE {name}")
    tables = TABLES if kind == "broker" else ""
    made = server.on(name)
    _say(made, tables + sql.format(rows=max(1, round(gigabytes * rows)), **words))
    # Nothing is left to be settled or written when it is read: no timed dump pays for it.
    _say(made, "VACUUM (FREEZE, ANALYZE)")
    _say(server, "CHECKPOINT")


def quiet(server: Server) -> None:
    """No autovacuum from now on: it would work beside some of the dumps and not beside others."""
    _say(server, "ALTER SYSTEM SET autovacuum = off")
    server.query("SELECT pg_reload_conf()")


def _say(server: Server, sql: str) -> None:
    server.execute([f"{sql};".encode()], "-o", "/dev/null")
