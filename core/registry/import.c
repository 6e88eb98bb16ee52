/* All rows are planned into one draft before any is written. A row that is written is found as known when the
 * import is begun again, so a conflict with another writer, or a store that went away, costs no row. */
#include "core/registry/conversion.h"
#include "core/registry/conversion_feed.h"
#include "core/registry/link_book.h"
#include "core/registry/lookup.h"
#include "core/registry/order_rows.h"
#include "core/registry/thing.h"
#include "jalon/link.h"

#include <stdlib.h>

#define WINDOW 1000 /* orders whose needs are fetched together */
#define ATTEMPTS 16

struct import {
    struct registry *registry;
    row_plan *plan; /* NULL: of conversions, which go in windows */
    const struct import_rows *rows;
    size_t count;
    const struct import_options *options;
    bool is_written; /* some of it may be */
    uint64_t first_serial;
    uint8_t *outcomes; /* the best of all attempts; BAD for a bad row */
    size_t bad, different;
    struct draft *draft;
    struct link_book *link_book;  /* NULL: of other nouns */
    struct order_rows order_rows; /* of a feed */
    struct noun_values values;    /* of the row that is looked at */
};

#define BAD 0xff

static const struct importer {
    const char *noun;
    row_plan *plan;
} importers[] = {
    {"creator", creator_plan_add}, {"link", link_plan_add}, {"cost", cost_plan_add},
    {"post", post_plan_add},       {"conversion", NULL},
};

/* What the sender can't mend is no bad row: it ends the import. */
static bool is_of_the_row(const struct problem *problem)
{
    return problem->kind != PROBLEM_NONE && problem->kind != PROBLEM_UNAVAILABLE &&
           problem->kind != PROBLEM_INTERNAL;
}

static int take_bad(struct import *import, size_t row, int err, const struct problem *row_problem,
                    struct problem *problem)
{
    if (!is_of_the_row(row_problem)) {
        *problem = *row_problem;
        return lookup_failed(problem, err);
    }
    bool is_told = import->outcomes[row] == BAD;
    import->outcomes[row] = BAD;
    import->bad++;
    if (!is_told && import->options->report_bad)
        import->options->report_bad(import->options->context, row, row_problem);
    return JALON_OK;
}

static void take_outcome(struct import *import, size_t row, enum outcome outcome)
{
    uint8_t known = import->outcomes[row];
    if (known == BAD || outcome > known)
        import->outcomes[row] = (uint8_t)outcome;
}

static void tell_progress(const struct import *import, size_t done)
{
    if (import->options->progress)
        import->options->progress(import->options->context, done, 2 * import->count);
}

static int read_row(struct import *import, size_t at)
{
    noun_values_clear(&import->values);
    return import->rows->read(import->rows->context, at, &import->values);
}

/* The row as it was given, as an object. */
static int read_object(struct import *import, size_t at, json_t **ret_input)
{
    int err = read_row(import, at);
    if (err || !import->values.source)
        return err ? err : noun_values_json(&import->values, ret_input);
    *ret_input = json_incref(import->values.source);
    return JALON_OK;
}

static int plan_row(struct import *import, size_t at, uint64_t *serial, struct problem *problem)
{
    json_t *input;
    int err = read_object(import, at, &input);
    if (err)
        return err;
    struct row row = {
        .input = input,
        .is_import = true,
        .is_replace = import->options->is_replace,
        .link_serial = (uint32_t)*serial,
        .link_book = import->link_book,
    };
    *serial += !thing_text(input, "slug").size;
    struct problem row_problem;
    problem_init(&row_problem);
    err = import->plan(import->registry, import->draft, &row, &row_problem);
    json_decref(row.result);
    json_decref(input);
    if (err)
        return take_bad(import, at, err, &row_problem, problem);
    take_outcome(import, at, row.outcome);
    return JALON_OK;
}

static int plan_rows(struct import *import, struct problem *problem)
{
    uint64_t serial = import->first_serial;
    int err = JALON_OK;
    for (size_t at = 0; at < import->count && !err; at++) {
        err = plan_row(import, at, &serial, problem);
        if (at % WINDOW == WINDOW - 1)
            tell_progress(import, at + 1);
    }
    return err;
}

struct window {
    size_t count;
    size_t rows[WINDOW];
    struct order orders[WINDOW];
    struct order earlier; /* that of an earlier row */
};

static int read_order(struct import *import, struct window *window, size_t at,
                      struct problem *problem)
{
    int err = read_row(import, at);
    if (err)
        return err;
    struct problem row_problem;
    problem_init(&row_problem);
    err = order_read(&window->orders[window->count], import->registry, import->draft,
                     &import->values, &row_problem);
    if (err)
        return take_bad(import, at, err, &row_problem, problem);
    window->rows[window->count++] = at;
    return JALON_OK;
}

static int read_window(struct import *import, struct window *window, size_t first,
                       struct problem *problem)
{
    int err = JALON_OK;
    for (size_t at = first; at < import->count && at < first + WINDOW && !err; at++)
        err = read_order(import, window, at, problem);
    return err;
}

/* Orders differ, and not rows: of several rows of one order the last says whether it does. */
static int count_different(struct import *import, const struct order *order, size_t at,
                           struct order_row *first, bool is_different)
{
    int err = JALON_OK;
    if (!first && import->options->is_feed)
        err = order_rows_put(&import->order_rows, order, at, &first);
    if (err)
        return err;
    import->different += is_different;
    if (first) {
        import->different -= first->is_different;
        first->is_different = is_different;
    }
    return JALON_OK;
}

static int plan_order(struct import *import, const struct order *order, size_t at,
                      struct order_row *first, struct problem *problem)
{
    struct row row = {.is_import = true, .is_feed = import->options->is_feed};
    struct problem row_problem;
    problem_init(&row_problem);
    int err = conversion_plan_order(import->registry, import->draft, order, &row, &row_problem);
    if (err)
        return take_bad(import, at, err, &row_problem, problem);
    take_outcome(import, at, row.outcome);
    return count_different(import, order, at, first, row.is_different);
}

/* A row of an order that an earlier row told of. */
static int plan_again(struct import *import, struct window *window, size_t i,
                      struct order_row *first, struct problem *problem)
{
    struct order *order = &window->orders[i], *earlier = &window->earlier;
    struct problem row_problem;
    problem_init(&row_problem);
    int err = read_row(import, first->number - 1);
    if (!err)
        err = order_read(earlier, import->registry, import->draft, &import->values, problem);
    if (err)
        return err;
    if (order_refuse_contradiction(order, earlier, &row_problem)) {
        err = take_bad(import, window->rows[i], JALON_CONFLICT, &row_problem, problem);
    } else {
        order_complete(order, earlier);
        err = plan_order(import, order, window->rows[i], first, problem);
    }
    order_done(earlier);
    return err;
}

static int plan_window(struct import *import, struct window *window, struct problem *problem)
{
    int err = order_fetch(import->draft, window->orders, window->count);
    for (size_t i = 0; i < window->count && !err; i++) {
        const struct order *order = &window->orders[i];
        struct order_row *first = order_rows_get(&import->order_rows, order);
        err = first ? plan_again(import, window, i, first, problem)
                    : plan_order(import, order, window->rows[i], NULL, problem);
    }
    return err;
}

static int plan_orders(struct import *import, struct problem *problem)
{
    struct window *window = malloc(sizeof *window);
    if (!window)
        return JALON_NO_MEMORY;
    int err = JALON_OK;
    for (size_t at = 0; at < import->count && !err; at += WINDOW) {
        window->count = 0;
        err = read_window(import, window, at, problem);
        if (!err)
            err = plan_window(import, window, problem);
        for (size_t i = 0; i < window->count; i++)
            order_done(&window->orders[i]);
        draft_trim(import->draft);
        tell_progress(import, at + WINDOW < import->count ? at + WINDOW : import->count);
    }
    free(window);
    return err;
}

static int refuse(const struct import *import, struct problem *problem)
{
    return problem_set(problem, PROBLEM_INVALID,
                       "%zu of %zu rows are bad, and nothing was written: mend them, or leave them "
                       "out with --skip-bad",
                       import->bad, import->count);
}

/* What was good when the first rows were written was changed by others since. */
static int tell_overtaken(const struct import *import, struct problem *problem)
{
    return problem_set(
        problem, PROBLEM_CONFLICT,
        "%zu of %zu rows were overtaken by what others wrote meanwhile, and left out; "
        "all others are written: mend them, and import them again",
        import->bad, import->count);
}

static void written(void *context, size_t done, size_t total)
{
    const struct import *import = context;
    tell_progress(import,
                  import->count + (size_t)((double)import->count * (double)done / (double)total));
}

static int attempt(struct import *import, struct problem *problem)
{
    import->bad = import->different = 0;
    int err = draft_new(&import->draft, import->registry->store);
    if (!err && import->plan == link_plan_add)
        err = link_book_new(&import->link_book);
    if (!err)
        err = import->plan ? plan_rows(import, problem) : plan_orders(import, problem);
    bool is_refused = import->bad && !import->options->is_skip_bad;
    if (!err && is_refused && !import->is_written)
        err = refuse(import, problem);
    if (!err) {
        import->is_written = true;
        err = draft_commit(import->draft, written, import);
    }
    if (!err && is_refused)
        err = tell_overtaken(import, problem);
    import->draft = draft_free(import->draft);
    import->link_book = link_book_free(import->link_book);
    order_rows_done(&import->order_rows);
    return err;
}

static int count_signed(struct import *import, uint64_t *ret_count)
{
    *ret_count = 0;
    for (size_t i = 0; i < import->count; i++) {
        json_t *row;
        int err = read_object(import, i, &row);
        if (err)
            return err;
        *ret_count += !thing_text(row, "slug").size;
        json_decref(row);
    }
    return JALON_OK;
}

static int reserve_serials(struct import *import)
{
    if (import->plan != link_plan_add)
        return JALON_OK;
    uint64_t signed_links;
    int err = count_signed(import, &signed_links);
    if (err || !signed_links)
        return err;
    return store_reserve(import->registry->store, &import->first_serial, SLICE("link"),
                         signed_links, JALON_LINK_SERIAL_MAX + UINT64_C(1));
}

static void sum_up(const struct import *import, struct import_result *ret_result)
{
    *ret_result = (struct import_result){
        .bad = import->bad, .different = import->different, .is_written = import->is_written};
    for (size_t i = 0; i < import->count; i++) {
        ret_result->added += import->outcomes[i] == OUTCOME_ADDED;
        ret_result->changed += import->outcomes[i] == OUTCOME_CHANGED;
        ret_result->known += import->outcomes[i] == OUTCOME_KNOWN;
    }
}

static int run(struct import *import, struct problem *problem)
{
    int err = reserve_serials(import);
    if (err)
        return err;
    err = JALON_CONFLICT;
    for (int i = 0; i < ATTEMPTS && err == JALON_CONFLICT && problem->kind == PROBLEM_NONE; i++)
        err = attempt(import, problem);
    return err;
}

static const struct importer *find_importer(const char *noun)
{
    for (size_t i = 0; i < sizeof importers / sizeof *importers; i++)
        if (strcmp(importers[i].noun, noun) == 0)
            return &importers[i];
    return NULL;
}

int registry_import(struct registry *registry, const char *noun, const struct import_rows *rows,
                    const struct import_options *options, struct import_result *ret_result,
                    struct problem *problem)
{
    const struct importer *importer = find_importer(noun);
    if (!importer)
        return problem_set(problem, PROBLEM_INVALID, "a %s can't be imported", noun);
    struct import import = {
        .registry = registry,
        .plan = importer->plan,
        .rows = rows,
        .count = rows->count,
        .options = options,
        .outcomes = calloc(rows->count + 1, 1),
    };
    noun_values_init(&import.values, noun_find(slice_of_string(noun)));
    int err = import.outcomes ? run(&import, problem) : JALON_NO_MEMORY;
    if (!err || import.is_written)
        sum_up(&import, ret_result);
    noun_values_done(&import.values);
    free(import.outcomes);
    return err ? lookup_failed(problem, err) : JALON_OK;
}
