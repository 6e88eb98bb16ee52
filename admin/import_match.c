#include "admin/import_match.h"
#include "admin/order_map.h"
#include "admin/shown.h"
#include "core/ledger/evidence_line.h"
#include "core/ledger/moment.h"
#include "core/registry/thing.h"

#include <stdlib.h>

#define WINDOW 500
#define LINES_MAX 65536
#define REASON_MAX 1024 /* in words, with the code in them */

static struct slice evidence_of(const json_t *credits)
{
    struct slice first = thing_text(json_array_get(credits, 0), "evidence");
    for (size_t i = 1; i < json_array_size(credits); i++)
        if (!slice_equal(thing_text(json_array_get(credits, i), "evidence"), first))
            return SLICE("mixed");
    return first;
}

static void count_reason(struct import_match *match, struct slice reason)
{
    size_t at = 0;
    while (at < match->reason_count && !slice_is(reason, match->reasons[at].name))
        at++;
    if (at == MATCH_REASONS_MAX ||
        slice_to_string(match->reasons[at].name, sizeof match->reasons[at].name, reason))
        return;
    match->reasons[at].count++;
    if (at == match->reason_count)
        match->reason_count++;
}

static void keep_line(struct import_match *match, const json_t *thing, size_t line)
{
    char reason[40], space[REASON_MAX];
    struct buffer words;
    if (match->line_count == MATCH_LINES_MAX ||
        slice_to_string(reason, sizeof reason, thing_text(thing, "unattributed")))
        return;
    match->line_count++;
    buffer_over(&words, space, sizeof space);
    evidence_reason_write(&words, reason, thing_text(thing, "code"), &evidence_words_english);
    buffer_printf(&match->lines, "  %s:%zu: order ", match->import->file, line);
    shown_append(&match->lines, thing_text(thing, "order_id"));
    buffer_append_string(&match->lines, ": ");
    shown_append(&match->lines, buffer_slice(&words));
    buffer_append_byte(&match->lines, '\n');
}

static void count_known(struct import_match *match, const json_t *thing)
{
    char now[MOMENT_TEXT_MAX];
    moment_format(now, match->import->session->registry.now_ms);
    if (slice_is(thing_text(thing, "created_at"), now))
        return;
    if (match->known++ >= MATCH_KNOWN_MAX)
        return;
    buffer_append_string(&match->known_ids, match->known_ids.size ? ", " : "");
    shown_append(&match->known_ids, thing_text(thing, "order_id"));
}

static int take_order(void *context, const json_t *thing)
{
    struct import_match *match = context;
    size_t line = match->import->kept.rows[match->row++].line;
    struct slice evidence = evidence_of(json_object_get(thing, "credits"));
    count_known(match, thing);
    match->click += slice_is(evidence, "click");
    match->code += slice_is(evidence, "code");
    match->both += slice_is(evidence, "both");
    match->mixed += slice_is(evidence, "mixed");
    if (evidence.size)
        return JALON_OK;
    match->unattributed++;
    count_reason(match, thing_text(thing, "unattributed"));
    keep_line(match, thing, line);
    return JALON_OK;
}

/* Orders of one campaign that follow each other from `first` on, at most a window of them. */
static int fill_window(const struct kept_rows *kept, size_t first, struct slice *ret_campaign,
                       struct slice ids[WINDOW], size_t *ret_count)
{
    struct noun_values values;
    int err = JALON_OK;
    noun_values_init(&values, kept->noun);
    for (*ret_count = 0; *ret_count < WINDOW && first + *ret_count < kept->count;) {
        noun_values_clear(&values);
        err = kept_rows_read(kept, first + *ret_count, &values);
        struct slice campaign = noun_values_text(&values, ORDER_FIELD_CAMPAIGN);
        if (err || (*ret_count && !slice_equal(campaign, *ret_campaign)))
            break;
        *ret_campaign = campaign;
        ids[(*ret_count)++] = noun_values_text(&values, ORDER_FIELD_ID);
    }
    noun_values_done(&values);
    return err;
}

/* Rows from `first` on. A map reads cells, so what is read of them borrows from the kept rows. */
static int read_window(struct import_match *match, size_t first, size_t *ret_count)
{
    struct slice campaign = SLICE_NONE, ids[WINDOW];
    int err = fill_window(&match->import->kept, first, &campaign, ids, ret_count);
    match->row = first;
    if (!err)
        err = conversion_each(&match->import->session->registry, campaign, ids, *ret_count,
                              take_order, match, &match->import->session->problem);
    return err;
}

/* Bad rows were left out, and are no orders of this import. */
static void leave_out_bad(struct import *import)
{
    size_t good = 0;
    for (size_t i = 0; i < import->kept.count; i++)
        if (!import->is_bad[i])
            import->kept.rows[good++] = import->kept.rows[i];
    import->kept.count = good;
}

int import_match_read(struct import_match *ret_match, struct import *import, size_t different)
{
    *ret_match = (struct import_match){.import = import, .different = different};
    buffer_init(&ret_match->lines, LINES_MAX);
    buffer_init(&ret_match->known_ids, LINES_MAX);
    leave_out_bad(import);
    int err = JALON_OK;
    size_t count;
    for (size_t at = 0; at < import->kept.count && !err; at += count)
        err = read_window(ret_match, at, &count);
    return err;
}

void import_match_done(struct import_match *match)
{
    buffer_done(&match->lines);
    buffer_done(&match->known_ids);
}

static void print_different(const struct import_match *match)
{
    struct slice campaign = match->import->map->rules[MAP_CAMPAIGN].constant;
    bool is_one = match->different == 1;
    if (match->different == 0)
        return;
    printf("%zu known %s from what is recorded, which stays: see %s with jalon report orders "
           "--campaign %.*s\n",
           match->different, is_one ? "order differs" : "orders differ",
           is_one ? "its differences" : "their differences",
           SLICE_ARG(campaign.size ? campaign : SLICE("CAMPAIGN")));
}

int import_match_print(const struct import_match *match)
{
    printf("matched %zu of %zu: by click %zu, by code %zu, by both %zu",
           match->click + match->code + match->both + match->mixed, match->import->kept.count,
           match->click, match->code, match->both);
    if (match->mixed)
        printf(", on mixed evidence %zu", match->mixed);
    printf("\nnot matched %zu", match->unattributed);
    for (size_t i = 0; i < match->reason_count; i++)
        printf("%s %s %zu", i ? "," : ":", match->reasons[i].name, match->reasons[i].count);
    printf("\n%.*s", SLICE_ARG(buffer_slice(&match->lines)));
    if (match->unattributed > match->line_count)
        printf("  … and %zu more: see jalon report orders\n",
               match->unattributed - match->line_count);
    if (match->known)
        printf("known before %zu: %.*s%s\n", match->known,
               SLICE_ARG(buffer_slice(&match->known_ids)),
               match->known > MATCH_KNOWN_MAX ? ", …" : "");
    print_different(match);
    return ferror(stdout) ? JALON_IO : JALON_OK;
}

int import_match_put(const struct import_match *match, json_t *result)
{
    json_t *reasons = json_array();
    struct thing thing = {.json = json_incref(result)};
    thing_put_number(&thing, "by_click", (int64_t)match->click);
    thing_put_number(&thing, "by_code", (int64_t)match->code);
    thing_put_number(&thing, "by_both", (int64_t)match->both);
    thing_put_number(&thing, "by_mixed", (int64_t)match->mixed);
    for (size_t i = 0; i < match->reason_count; i++)
        (void)json_array_append_new(reasons, /* seen below */
                                    json_pack("{s:s,s:I}", "reason", match->reasons[i].name,
                                              "count", (json_int_t)match->reasons[i].count));
    bool is_whole = json_array_size(reasons) == match->reason_count;
    thing_put(&thing, "unattributed", reasons);
    thing_put_number(&thing, "different", (int64_t)match->different);
    if (!thing.json || !is_whole)
        return JALON_NO_MEMORY;
    json_decref(thing.json);
    return JALON_OK;
}
