/* creators_report.c - one row a creator; of several campaigns, one a creator and currency. */
#include "core/report/creators_report.h"
#include "core/report/report_kinds.h"

enum {
    OWN_CREATOR,
    OWN_CURRENCY,
    OWN_NAME,
    OWN_PLATFORM,
    OWN_TIER,
    OWN_FOLLOWERS,
    OWN_PAST,
    OWN_COUNT = OWN_PAST + PAST_COLUMN_COUNT
};

static const struct column columns[] = {
    [OWN_CREATOR] = {"creator", "Creator", CELL_TEXT, false, false},
    [OWN_CURRENCY] = {"currency", "Currency", CELL_TEXT, false, false},
    [OWN_NAME] = {"name", "Name", CELL_TEXT, true, false},
    [OWN_PLATFORM] = {"platform", "Platform", CELL_TEXT, true, false},
    [OWN_TIER] = {"tier", "Tier", CELL_TEXT, false, false},
    [OWN_FOLLOWERS] = {"followers", "Followers", CELL_COUNT, true, false},
    PAST_COLUMNS,
    METRICS(METRIC_COLUMN)};

static const enum metric metrics[] = {METRICS(METRIC_NAME)};

static const struct report_shape shape = {
    .name = "creators",
    .summary = "clicks, sales, costs and their ratios of each creator",
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .own_count = OWN_COUNT,
    .metrics = metrics,
    .order = "clicks",
};

struct creators {
    const struct creators_form *form;
    struct reference reference; /* where the query wants it */
    struct creator_figures figures;
};

static void fill_own(const struct creator_book *book, const struct creator_row *row,
                     struct cell *cells)
{
    cells[OWN_CREATOR] = cell_text(row->creator);
    cells[OWN_CURRENCY] = cell_text(book->totals->currencies[row->currency].currency);
    cells[OWN_NAME] = cell_text(row->name);
    cells[OWN_PLATFORM] = cell_text(row->platform);
    cells[OWN_TIER] = cell_text(slice_of_string(creator_tier(row->followers)));
    cells[OWN_FOLLOWERS] = cell_known(row->followers != UNKNOWN_COUNT, row->followers);
}

static void fill(void *context, size_t index, struct cell *cells, struct metric_row *metric_row)
{
    struct creators *creators = context;
    struct creator_figures *figures = &creators->figures;
    const struct creator_row *row = &figures->book.rows[index];
    creators->form->fill_own(&figures->book, row, cells);
    figures_past_fill(&figures->past, row, cells + creators->form->past);
    metric_row_set(metric_row, &row->sums, row->exponent, true);
}

/* Links, codes, posts and costs make a row, whatever the range, and no order is credited without a link or code. */
static void note_nothing(struct creators *creators)
{
    const struct scope *scope = creators->figures.scope;
    struct totals *totals = &creators->figures.totals;
    struct slice creator = scope->query->creator;
    if (creator.size == 0 || creators->figures.book.row_count)
        return;
    if (scope->campaign_count == 1)
        totals_note(totals, "% has no link, code, post, cost or order in this campaign.",
                    NOTE_VALUES(note_name(creator)));
    else
        totals_note(totals, "% has no link, code, post, cost or order in these campaigns.",
                    NOTE_VALUES(note_name(creator)));
}

static void note_unknowns(struct creators *creators)
{
    const struct creator_book *book = &creators->figures.book;
    struct totals *totals = &creators->figures.totals;
    size_t unknown = 0, unseen = 0;
    bool is_seen = false;
    for (size_t i = 0; i < book->row_count; i++) {
        const struct figures *figures = &book->rows[i].sums.figures;
        bool has_impressions = figures->posts > figures->posts_without_impressions;
        unknown += figures->posts_without_impressions > 0;
        unseen += figures->posts == 0 && figures->clicks > 0;
        is_seen = is_seen || has_impressions;
    }
    if (unknown)
        totals_note(totals, "Posts lack impressions, so the CTR is unknown (%: %).",
                    NOTE_VALUES(note_term(creators->form->rows), note_count(unknown)));
    else if (unseen && is_seen)
        totals_note(totals, "The total CTR also counts clicks without a post in the range (%: %).",
                    NOTE_VALUES(note_term(creators->form->rows), note_count(unseen)));
}

/* The ranges that a row has a figure to hold against. */
static void keep_usual(struct creators *creators)
{
    const struct reference *reference = &creators->reference;
    const struct creator_book *book = &creators->figures.book;
    bool used[REFERENCE_RANGES_MAX] = {false};
    for (size_t i = 0; i < book->row_count && reference->count; i++) {
        struct metrics of;
        metrics_of(&of, &book->rows[i].sums.figures);
        reference_use(used, reference, &of, slice_of_string(creator_tier(book->rows[i].followers)));
    }
    for (size_t i = 0; i < reference->count; i++)
        if (used[i])
            totals_usual(&creators->figures.totals, &reference->ranges[i]);
}

static int send(struct creators *creators, struct report_sink *sink)
{
    struct creator_figures *figures = &creators->figures;
    struct row_table table = {
        .scope = figures->scope,
        .shape = creators->form->shape,
        .row_count = figures->book.row_count,
        .pool = &figures->pool,
        .fill = fill,
        .context = creators,
    };
    int err = JALON_OK;
    for (size_t i = 0; i < table.row_count && !err; i++) {
        const struct creator_row *row = &figures->book.rows[i];
        err = totals_add_row(&figures->totals, row->currency, &row->sums);
    }
    note_nothing(creators);
    note_unknowns(creators);
    keep_usual(creators);
    figures_past_note(&figures->past, creators->form->rows, &figures->totals);
    if (err == JALON_OK)
        err = row_table_send(&table, sink);
    return err ? err : totals_send(&figures->totals, &table, sink);
}

int creators_run(const struct creators_form *form, const struct scope *scope,
                 struct report_sink *sink)
{
    struct creators creators = {.form = form};
    int err =
        scope->query->wants_usual ? scope_open_reference(scope, &creators.reference) : JALON_OK;
    if (err)
        return err;
    err = creator_figures_gather(&creators.figures, scope, form->kind);
    if (err == JALON_OK)
        err = send(&creators, sink);
    creator_figures_done(&creators.figures);
    reference_done(&creators.reference);
    return err;
}

static int run(const struct scope *scope, struct report_sink *sink)
{
    static const struct creators_form form = {&shape, BOOK_OF_CREATORS, "creators", OWN_PAST,
                                              fill_own};
    return creators_run(&form, scope, sink);
}

const struct report_kind creators_report = {&shape, run};
