#include "admin/import.h"
#include "admin/complaint.h"
#include "admin/command.h"
#include "admin/handlers.h"
#include "admin/import_map.h"
#include "admin/import_match.h"
#include "admin/import_read.h"
#include "admin/list_out.h"
#include "core/registry/thing.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#define PIECE_SIZE (256 * 1024)

void import_init(struct import *import, struct session *session)
{
    struct slice file = session_argument(session, 0);
    *import = (struct import){
        .session = session,
        .noun = command_record(session->command),
        .file = file.size && !slice_is(file, "-") ? file.data : "standard input",
        .is_skip_bad = options_has(session->options, "skip-bad"),
        .is_ignore_columns = options_has(session->options, "ignore-columns"),
    };
    kept_rows_init(&import->kept, import->noun);
}

void import_done(struct import *import)
{
    kept_rows_done(&import->kept);
    free(import->is_bad);
}

void import_bad_row(struct import *import, size_t line, const struct problem *problem)
{
    struct bad_rows *bad = &import->bad;
    bad->count++;
    size_t at = bad->kept;
    while (at > 0 && bad->rows[at - 1].line > line)
        at--;
    if (at == BAD_ROWS_SHOWN)
        return;
    if (bad->kept < BAD_ROWS_SHOWN)
        bad->kept++;
    memmove(&bad->rows[at + 1], &bad->rows[at], (bad->kept - at - 1) * sizeof bad->rows[0]);
    bad->rows[at].line = line;
    bad->rows[at].problem = *problem;
}

static void complain_of_bad(const struct import *import)
{
    const struct bad_rows *bad = &import->bad;
    for (size_t i = 0; i < bad->kept; i++)
        complain_of_row(stderr, import->file, bad->rows[i].line, &bad->rows[i].problem);
    if (bad->count > bad->kept)
        fprintf(stderr, "jalon: … and %zu more bad rows\n", bad->count - bad->kept);
}

static bool is_ndjson(struct slice first)
{
    if (slice_starts(first, SLICE("\xef\xbb\xbf")))
        first = slice_from(first, 3);
    size_t at = 0;
    while (at < first.size && memchr(" \t\r\n", first.data[at], 4))
        at++;
    return at < first.size && first.data[at] == '{';
}

struct readers { /* one of them: by a map, or by the file's first byte */
    struct map_import *map;
    struct csv_import *csv;
    struct ndjson_import *ndjson;
};

static int start(struct readers *readers, struct import *import, struct slice first)
{
    if (import->map && is_ndjson(first))
        return problem_set(&import->session->problem, PROBLEM_INVALID,
                           "%s is NDJSON: a map reads CSV, so leave --map out", import->file);
    if (import->map)
        return map_import_new(&readers->map, import, import->map);
    return is_ndjson(first) ? ndjson_import_new(&readers->ndjson, import)
                            : csv_import_new(&readers->csv, import);
}

static bool is_started(const struct readers *readers)
{
    return readers->map || readers->csv || readers->ndjson;
}

static int feed(struct readers *readers, struct import *import, struct slice bytes)
{
    int err = is_started(readers) ? JALON_OK : start(readers, import, bytes);
    if (err)
        return err;
    if (readers->map)
        return map_import_feed(readers->map, bytes);
    if (readers->ndjson && slice_starts(bytes, SLICE("\xef\xbb\xbf")))
        bytes = slice_from(bytes, 3);
    return readers->ndjson ? ndjson_import_feed(readers->ndjson, bytes)
                           : csv_import_feed(readers->csv, bytes);
}

static int feed_all(struct readers *readers, struct import *import, FILE *in)
{
    struct stat status;
    uint64_t total =
        fstat(fileno(in), &status) == 0 && S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0;
    char *piece = malloc(PIECE_SIZE);
    if (!piece)
        return JALON_NO_MEMORY;
    progress_start(&import->progress, "reading", NULL);
    uint64_t done = 0;
    size_t size;
    int err = JALON_OK;
    while (!err && (size = fread(piece, 1, PIECE_SIZE, in)) > 0) {
        err = feed(readers, import, slice_of(piece, size));
        progress_at(&import->progress, done += size, total);
    }
    progress_end(&import->progress);
    free(piece);
    if (!err && ferror(in))
        err = problem_set(&import->session->problem, PROBLEM_INTERNAL, "%s can't be read (%s)",
                          import->file, strerror(errno));
    return err;
}

int import_read(struct import *import, FILE *in)
{
    struct readers readers = {0};
    int err = feed_all(&readers, import, in);
    if (!err && !is_started(&readers))
        err = problem_set(&import->session->problem, PROBLEM_INVALID,
                          "%s is empty: its first line must name the columns", import->file);
    if (!err && readers.map)
        err = map_import_end(readers.map);
    else if (!err)
        err = readers.ndjson ? ndjson_import_end(readers.ndjson) : csv_import_end(readers.csv);
    map_import_free(readers.map);
    csv_import_free(readers.csv);
    ndjson_import_free(readers.ndjson);
    return err;
}

static int read_file(struct import *import)
{
    struct slice name = session_argument(import->session, 0);
    if (name.size == 0 || slice_is(name, "-"))
        return import_read(import, stdin);
    FILE *in = fopen(name.data, "rbe");
    if (!in)
        return problem_set(&import->session->problem, PROBLEM_INVALID, "%s can't be opened (%s)",
                           import->file, strerror(errno));
    int err = import_read(import, in);
    (void)fclose(in); /* it was only read */
    return err;
}

static void report_bad(void *context, size_t row, const struct problem *problem)
{
    struct import *import = context;
    import->is_bad[row] = true;
    import_bad_row(import, import->kept.rows[row].line, problem);
}

/* Half of an import must not be written: while rows are being written, SIGINT and SIGTERM wait. */
static void hold_signals(struct import *import)
{
    sigset_t held;
    (void)sigemptyset(&held);       /* these three can't fail: */
    (void)sigaddset(&held, SIGINT); /* the signals exist */
    (void)sigaddset(&held, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &held, &import->signals); /* nor can this */
}

static void release_signals(struct import *import)
{
    (void)sigprocmask(SIG_SETMASK, &import->signals, NULL); /* as above */
}

/* `done` of `total`, the first half of which is checking: there a signal that waits may end us. */
static void report_progress(void *context, size_t done, size_t total)
{
    struct import *import = context;
    import->progress.count = done / 2;
    progress_at(&import->progress, done, total);
    import->is_writing = import->is_writing || done > total / 2;
    if (import->is_writing) /* also when what others wrote is checked once more */
        return;
    release_signals(import);
    hold_signals(import);
}

static int refuse_bad(struct import *import)
{
    problem_init(&import->session->problem);
    return problem_set(
        &import->session->problem, PROBLEM_INVALID,
        "nothing was imported, as %zu of the rows %s: correct them, or leave them out "
        "with --skip-bad",
        import->bad.count, import->bad.count == 1 ? "is bad" : "are bad");
}

/* `match`: of orders by a map, else NULL. */
static int print_result(struct session *session, const struct import_result *result, size_t bad,
                        const struct import_match *match)
{
    if (session->format == FORMAT_TABLE) {
        bool is_bad = printf("added %zu, changed %zu, known %zu, bad %zu\n", result->added,
                             result->changed, result->known, bad) < 0;
        if (is_bad)
            return JALON_IO;
        return match ? import_match_print(match) : JALON_OK;
    }
    struct thing thing;
    thing_start(&thing);
    thing_put_number(&thing, "added", (int64_t)result->added);
    thing_put_number(&thing, "changed", (int64_t)result->changed);
    thing_put_number(&thing, "known", (int64_t)result->known);
    thing_put_number(&thing, "bad", (int64_t)bad);
    json_t *json;
    int err = thing_end(&thing, &json);
    if (err)
        return err;
    if (match)
        err = import_match_put(match, json);
    if (!err)
        err = list_out_one(session->format, json);
    json_decref(json);
    return err;
}

static int tell(struct import *import, const struct import_result *result)
{
    struct import_match match;
    if (!import->map)
        return print_result(import->session, result, import->bad.count, NULL);
    int err = import_match_read(&match, import, result->different);
    if (!err)
        err = print_result(import->session, result, import->bad.count, &match);
    import_match_done(&match);
    return err;
}

static int read_kept(void *context, size_t index, struct noun_values *values)
{
    return kept_rows_read(context, index, values);
}

static int write_rows(struct import *import)
{
    struct session *session = import->session;
    struct import_options options = {
        .is_skip_bad = import->is_skip_bad,
        .is_replace = options_has(session->options, "replace"),
        .is_feed = import->map != NULL,
        .report_bad = report_bad,
        .context = import,
        .progress = report_progress,
    };
    const struct import_rows rows = {
        .count = import->kept.count, .read = read_kept, .context = &import->kept};
    struct import_result result = {0};
    import->is_bad = calloc(rows.count + 1, sizeof *import->is_bad);
    if (!import->is_bad)
        return JALON_NO_MEMORY;
    progress_start(&import->progress, "importing", "rows");
    hold_signals(import);
    int err = registry_import(&session->registry, import->noun->name, &rows, &options, &result,
                              &session->problem);
    progress_end(&import->progress);
    complain_of_bad(import);
    if (!err)
        err = tell(import, &result);
    else if (import->bad.count && !import->is_skip_bad && !result.is_written)
        err = refuse_bad(import);
    (void)fflush(stdout); /* command.c looks whether it went well */
    release_signals(import);
    return err;
}

static int import_file(struct import *import)
{
    int err = read_file(import);
    if (!err && (!import->bad.count || import->is_skip_bad))
        return write_rows(import);
    complain_of_bad(import);
    return err ? err : refuse_bad(import);
}

static int import_with(struct session *session, const struct order_map *map)
{
    struct import *import = calloc(1, sizeof *import);
    if (!import)
        return JALON_NO_MEMORY;
    import_init(import, session);
    import->map = map;
    int err = import_file(import);
    import_done(import);
    free(import);
    return err;
}

int import_run(struct session *session)
{
    struct order_map map;
    if (!options_has(session->options, "map"))
        return options_has(session->options, "campaign")
                   ? session_usage(session, "--campaign: goes with --map; else the rows have a "
                                            "column campaign")
                   : import_with(session, NULL);
    int err = import_map_open(&map, session);
    if (err)
        return err;
    err = import_with(session, &map);
    order_map_done(&map);
    return err;
}
