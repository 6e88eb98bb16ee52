#include "core/report/creator_book.h"
#include "core/base/array.h"

#include <stdlib.h>

int creator_book_row(struct creator_book *book, size_t campaign, struct slice creator,
                     size_t *ret_row)
{
    size_t currency = book->totals->currency_of[campaign];
    const struct currency_sums *sums = &book->totals->currencies[currency];
    struct slice group =
        book->kind == BOOK_OF_CREATORS ? sums->currency : book->scope->slugs[campaign];
    int err = name_index_put_pair(&book->row_names, group,
                                  book->kind == BOOK_OF_CAMPAIGNS ? SLICE_NONE : creator, ret_row);
    if (err || *ret_row < book->row_count)
        return err;
    err = array_reserve((void **)&book->rows, &book->row_capacity, book->row_count + 1,
                        sizeof *book->rows);
    if (err)
        return err;
    book->rows[book->row_count++] = (struct creator_row){
        .creator = slice_from(book->row_names.names[*ret_row], group.size + 1),
        .campaign = campaign,
        .followers = UNKNOWN_COUNT,
        .currency = currency,
        .exponent = sums->exponent,
    };
    return JALON_OK;
}

int creator_book_part(struct creator_book *book, size_t campaign, struct slice creator,
                      size_t *ret_part)
{
    int err =
        name_index_put_pair(&book->part_names, book->scope->slugs[campaign], creator, ret_part);
    if (err || *ret_part < book->part_count)
        return err;
    struct creator_part part = {.campaign = campaign};
    err = array_reserve((void **)&book->parts, &book->part_capacity, book->part_count + 1,
                        sizeof *book->parts);
    if (err == JALON_OK)
        err = creator_book_row(book, campaign, creator, &part.row);
    if (err == JALON_OK)
        book->parts[book->part_count++] = part;
    return err;
}

static int by_part_day_kind(const void *a, const void *b)
{
    const struct dated_cost *x = a, *y = b;
    if (x->part != y->part)
        return x->part < y->part ? -1 : 1;
    if (x->entry.day != y->entry.day)
        return x->entry.day < y->entry.day ? -1 : 1;
    return (x->entry.kind > y->entry.kind) - (x->entry.kind < y->entry.kind);
}

static void give_costs_to_parts(struct creator_book *book)
{
    for (size_t i = 0; i < book->cost_count; i++) {
        struct creator_part *part = &book->parts[book->costs[i].part];
        if (part->cost_count++ == 0)
            part->first_cost = i;
        book->entries[i] = book->costs[i].entry;
    }
}

/* Cuts one part from `stretch` and `moment` on, and moves both behind it. `days` has room for all. */
static void cut_part(struct creator_book *book, struct creator_part *part, date_day *days,
                     size_t *stretch, size_t *moment)
{
    const struct scope_campaign *campaign = &book->scope->campaigns[part->campaign];
    size_t cuts = cost_cuts(days + 1, part->cost_count, book->entries + part->first_cost,
                            part->cost_count, campaign->from_day, campaign->to_day);
    days[0] = campaign->from_day;
    days[cuts + 1] = campaign->to_day;
    part->first_stretch = *stretch;
    part->first_moment = *moment;
    part->stretch_count = cuts + 1;
    for (size_t i = 0; i <= cuts + 1; i++)
        book->moments_ms[(*moment)++] = zone_day_start_ms(campaign->zone, days[i]);
    for (size_t i = 0; i <= cuts; i++)
        book->bases[(*stretch)++] = (struct cost_base){.from = days[i], .to = days[i + 1]};
}

int creator_book_cut(struct creator_book *book)
{
    size_t stretches = book->part_count + book->cost_count;
    date_day *days = calloc(book->cost_count + 2, sizeof *days);
    book->entries = calloc(book->cost_count + 1, sizeof *book->entries);
    book->moments_ms = calloc(stretches + book->part_count + 1, sizeof *book->moments_ms);
    book->humans = calloc(stretches + 1, sizeof *book->humans);
    book->bases = calloc(stretches + 1, sizeof *book->bases);
    bool has_memory = days && book->entries && book->moments_ms && book->humans && book->bases;
    if (has_memory) {
        size_t stretch = 0, moment = 0;
        if (book->cost_count)
            qsort(book->costs, book->cost_count, sizeof *book->costs, by_part_day_kind);
        give_costs_to_parts(book);
        for (size_t i = 0; i < book->part_count; i++)
            cut_part(book, &book->parts[i], days, &stretch, &moment);
    }
    free(days);
    return has_memory ? JALON_OK : JALON_NO_MEMORY;
}

struct cost_base *creator_book_base(struct creator_book *book, size_t part, int64_t at_ms)
{
    const struct creator_part *of = &book->parts[part];
    if (of->stretch_count == 0)
        return NULL;
    const int64_t *moments_ms = book->moments_ms + of->first_moment;
    size_t stretch = 0;
    while (stretch + 1 < of->stretch_count && at_ms >= moments_ms[stretch + 1])
        stretch++;
    return &book->bases[of->first_stretch + stretch];
}

/* Is anything paid by what it brings, on a day of the part's range? */
static bool has_rates(const struct creator_book *book, const struct creator_part *part)
{
    for (size_t i = 0; i < part->stretch_count; i++)
        for (int kind = 0; kind < COST_KIND_COUNT; kind++) {
            int64_t rate;
            if (cost_kind_is_rate((enum cost_kind)kind) &&
                cost_rate_on(&rate, book->entries + part->first_cost, part->cost_count,
                             (enum cost_kind)kind, book->bases[part->first_stretch + i].from) &&
                rate > 0)
                return true;
        }
    return false;
}

void creator_book_charge(struct creator_book *book)
{
    for (size_t i = 0; i < book->part_count; i++) {
        const struct creator_part *part = &book->parts[i];
        struct creator_row *row = &book->rows[part->row];
        struct cost_lines lines =
            cost_of(book->entries + part->first_cost, part->cost_count,
                    book->bases + part->first_stretch, part->stretch_count, row->exponent);
        row->sums.figures.cost_minor += cost_total(&lines);
        row->sums.has_rates = row->sums.has_rates || has_rates(book, part);
    }
}

void creator_book_done(struct creator_book *book)
{
    arena_done(&book->arena);
    name_index_done(&book->row_names);
    name_index_done(&book->part_names);
    free(book->rows);
    free(book->parts);
    free(book->costs);
    free(book->entries);
    free(book->moments_ms);
    free(book->humans);
    free(book->bases);
    *book = (struct creator_book){0};
}
