#include "core/report/compare.h"
#include "core/base/array.h"

#include <stdlib.h>

static const char *const names[] = {
#define COMPARE_BY_TEXT(name, text) text,
    COMPARE_BY(COMPARE_BY_TEXT)
#undef COMPARE_BY_TEXT
};

bool compare_by_parse(enum compare_by *ret_by, struct slice text)
{
    *ret_by = COMPARE_BY_TIER;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_is(text, names[i])) {
            *ret_by = (enum compare_by)i;
            return true;
        }
    return text.size == 0;
}

const char *compare_by_name(enum compare_by by)
{
    return names[by];
}

int compare_find_group(struct compare *compare, struct slice name, size_t campaign,
                       size_t *ret_group)
{
    const struct totals *totals = &compare->figures.totals;
    size_t currency = totals->currency_of[campaign];
    struct slice code = totals->currencies[currency].currency;
    int err = name_index_put_pair(&compare->names, code, name, ret_group);
    if (err || *ret_group < compare->count)
        return err;
    err = array_reserve((void **)&compare->groups, &compare->capacity, compare->count + 1,
                        sizeof *compare->groups);
    if (err == JALON_OK)
        compare->groups[compare->count++] = (struct compare_group){
            .name = slice_from(compare->names.names[*ret_group], code.size + 1),
            .currency = currency,
        };
    return err;
}

int compare_join(struct compare *compare, size_t group, struct slice creator)
{
    char text[24];
    struct buffer number;
    buffer_over(&number, text, sizeof text);
    buffer_append_u64(&number, group);
    size_t known = compare->members.count, member;
    int err = name_index_put_pair(&compare->members, buffer_slice(&number), creator, &member);
    if (err == JALON_OK && member >= known)
        compare->groups[group].creators++;
    return err;
}

/* A brand has other levers than creators' content, and a campaign's kind says which it is. */
static struct slice lever_of(struct slice kind)
{
    static const char *const levers[] = {"macro", "ads", "email"};
    for (size_t i = 0; i < sizeof levers / sizeof *levers; i++)
        if (slice_is(kind, levers[i]))
            return kind;
    return SLICE("creators");
}

static struct slice name_of(const struct compare *compare, const struct creator_row *row)
{
    struct slice kind = compare->scope->campaigns[row->campaign].view.kind;
    switch (compare->by) {
    case COMPARE_BY_TIER:
        return slice_of_string(creator_tier(row->followers));
    case COMPARE_BY_CREATOR:
        return row->creator;
    case COMPARE_BY_NICHE:
        return row->niche;
    case COMPARE_BY_KIND:
        return kind;
    case COMPARE_BY_LEVER:
        return lever_of(kind);
    case COMPARE_BY_CHANNEL:
        break; /* of links, not of creators */
    }
    return SLICE_NONE;
}

int compare_gather_creators(struct compare *compare)
{
    int err = creator_figures_gather(&compare->figures, compare->scope, BOOK_OF_PARTS);
    const struct creator_book *book = &compare->figures.book;
    for (size_t i = 0; i < book->row_count && !err; i++) {
        const struct creator_row *row = &book->rows[i];
        size_t number;
        err = compare_find_group(compare, name_of(compare, row), row->campaign, &number);
        if (err)
            break;
        struct compare_group *group = &compare->groups[number];
        if (compare->by == COMPARE_BY_TIER || compare->by == COMPARE_BY_CREATOR)
            group->tier = slice_of_string(creator_tier(row->followers));
        err = compare_join(compare, number, row->creator);
        if (err == JALON_OK)
            err = sums_add(&compare->figures.pool, &group->sums, &row->sums);
    }
    return err;
}

void compare_done(struct compare *compare)
{
    creator_figures_done(&compare->figures);
    reference_done(&compare->reference);
    name_index_done(&compare->names);
    name_index_done(&compare->members);
    free(compare->groups);
    *compare = (struct compare){0};
}

const struct reference_range *compare_range(const struct compare *compare,
                                            const struct compare_group *group,
                                            enum reference_metric metric)
{
    return reference_find(&compare->reference, metric, group->tier);
}
