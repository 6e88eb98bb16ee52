#include "core/report/code_set.h"
#include "core/base/array.h"
#include "core/store/store.h"

#include <stdlib.h>

struct reading {
    struct code_set *set;
    const struct scope *scope;
    size_t campaign;
    struct name_index members; /* folded forms, each once */
};

static int keep_member(void *context, struct slice member)
{
    struct reading *reading = context;
    size_t number;
    return name_index_put(&reading->members, member, &number);
}

/* Puts code `number` among those of its folded form. */
static int chain(struct reading *reading, struct slice folded, size_t number)
{
    struct code_set *set = reading->set;
    size_t chain, before = set->folded.count;
    int err =
        name_index_put_pair(&set->folded, reading->scope->slugs[reading->campaign], folded, &chain);
    if (err == JALON_OK)
        err = array_reserve((void **)&set->first, &set->first_capacity, set->folded.count,
                            sizeof *set->first);
    if (err)
        return err;
    set->codes[number].next = chain < before ? set->first[chain] : CODE_NONE;
    set->first[chain] = number;
    return JALON_OK;
}

static int copy_texts(struct code_view *code, struct arena *arena)
{
    struct slice *const texts[] = {&code->code,     &code->folded,     &code->campaign,
                                   &code->creator,  &code->discount,   &code->replaced_by,
                                   &code->replaces, &code->redemptions};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *texts[i] = arena_copy(arena, *texts[i]);
        if (!texts[i]->data)
            return JALON_NO_MEMORY;
    }
    return JALON_OK;
}

static int keep_code(struct reading *reading, const struct code_record *record,
                     const struct code_view *code)
{
    struct code_set *set = reading->set;
    char story[REDEMPTION_NAME_MAX];
    if (!slice_equal(code->campaign, reading->scope->slugs[reading->campaign]))
        return JALON_OK; /* another campaign's of the same folded form */
    struct code_row row = {
        .campaign = reading->campaign,
        .code = *code,
        .state = code_view_state(code, reading->scope->query->now_ms),
        .earlier = CODE_NONE,
    };
    code_view_redemptions(story, record, code);
    int err =
        name_index_put_pair(&set->stories, code->campaign, slice_of_string(story), &row.story);
    if (err == JALON_OK)
        err = copy_texts(&row.code, &set->arena);
    if (err == JALON_OK)
        err =
            array_reserve((void **)&set->codes, &set->capacity, set->count + 1, sizeof *set->codes);
    if (err)
        return err;
    set->codes[set->count++] = row;
    return chain(reading, row.code.folded, set->count - 1);
}

static int keep_record(void *context, struct slice field, uint64_t version, struct slice json)
{
    (void)field; /* each code of the record knows its folded form */
    struct reading *reading = context;
    struct code_record record;
    if (version == 0)
        return JALON_OK;
    int err = code_record_read(&record, json);
    if (err)
        return err;
    for (size_t i = 0; i < record.count && !err; i++)
        err = keep_code(reading, &record, &record.codes[i]);
    code_record_done(&record);
    return err;
}

static int read_campaign(struct reading *reading)
{
    const struct campaign_view *campaign = &reading->scope->campaigns[reading->campaign].view;
    struct store *store = reading->scope->store;
    struct key members = key_codes_of(campaign->brand, campaign->slug);
    struct key codes = key_codes(campaign->brand);
    int err = store_set_each(store, &members, keep_member, reading);
    if (!err)
        err = store_get_many(store, &codes, reading->members.names, reading->members.count,
                             keep_record, reading);
    name_index_done(&reading->members);
    return err;
}

struct story_place { /* a code among those of its story */
    size_t story, number;
    int64_t created_ms;
};

/* By story, then by age. Several may be of one millisecond: what replaced what is said by their texts. */
static int by_story(const void *a, const void *b)
{
    const struct story_place *x = a, *y = b;
    if (x->story != y->story)
        return x->story < y->story ? -1 : 1;
    if (x->created_ms != y->created_ms)
        return x->created_ms < y->created_ms ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* Is `next` what `old` says it was replaced by, and not yet known to have had another's place? */
static bool is_successor(const struct code_row *next, const struct code_row *old)
{
    return next->earlier == CODE_NONE && slice_equal(next->code.code, old->code.replaced_by) &&
           slice_equal(next->code.replaces, old->code.code);
}

/* Among the codes of its story from place `from` on, where those of its own millisecond begin; CODE_NONE when it was
 * not replaced. */
static size_t successor_of(const struct code_set *set, const struct story_place *places,
                           size_t from, size_t at)
{
    const struct code_row *old = &set->codes[places[at].number];
    for (size_t i = from; i < set->count && old->code.replaced_by.size; i++) {
        if (places[i].story != places[at].story)
            break;
        if (i != at && is_successor(&set->codes[places[i].number], old))
            return places[i].number;
    }
    return CODE_NONE;
}

/* Links each code to the one that it replaced; until find_currents() its current is its successor. */
static void find_earlier(struct code_set *set, const struct story_place *places)
{
    for (size_t at = 0, from = 0; at < set->count; at++) {
        if (places[at].story != places[from].story ||
            places[at].created_ms != places[from].created_ms)
            from = at;
        size_t number = places[at].number, successor = successor_of(set, places, from, at);
        set->codes[number].current = successor;
        if (successor != CODE_NONE)
            set->codes[successor].earlier = number;
    }
}

/* All that led to a code that was not replaced have their place taken by that one. */
static void find_currents(struct code_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->codes[i].current != CODE_NONE)
            continue;
        for (size_t at = i; at != CODE_NONE; at = set->codes[at].earlier)
            set->codes[at].current = i;
    }
}

static int tell_stories(struct code_set *set)
{
    struct story_place *places = calloc(set->count + 1, sizeof *places);
    if (!places)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < set->count; i++)
        places[i] = (struct story_place){set->codes[i].story, i, set->codes[i].code.created_ms};
    qsort(places, set->count, sizeof *places, by_story);
    find_earlier(set, places);
    find_currents(set);
    free(places);
    return JALON_OK;
}

int code_set_read(struct code_set *set, const struct scope *scope)
{
    struct reading reading = {.set = set, .scope = scope};
    for (size_t i = 0; i < scope->campaign_count; i++) {
        reading.campaign = i;
        int err = read_campaign(&reading);
        if (err)
            return err;
    }
    return tell_stories(set);
}

const struct code_row *code_set_find(const struct code_set *set, const struct scope *scope,
                                     size_t campaign, struct slice folded, int64_t occurred_ms)
{
    size_t chain;
    if (!name_index_find_pair(&set->folded, scope->slugs[campaign], folded, &chain))
        return NULL;
    for (size_t at = set->first[chain]; at != CODE_NONE; at = set->codes[at].next)
        if (code_view_covers(&set->codes[at].code, occurred_ms))
            return &set->codes[at];
    return &set->codes[set->first[chain]];
}

void code_set_write_earlier(struct buffer *out, const struct code_set *set, size_t number)
{
    for (size_t at = set->codes[number].earlier; at != CODE_NONE; at = set->codes[at].earlier) {
        buffer_append_string(out, out->size ? ", " : "");
        buffer_append(out, set->codes[at].code.code);
    }
}

void code_set_done(struct code_set *set)
{
    arena_done(&set->arena);
    free(set->codes);
    free(set->first);
    name_index_done(&set->folded);
    name_index_done(&set->stories);
    *set = (struct code_set){0};
}
