#include "core/registry/draft.h"

#include "core/registry/draft_table.h"
#include "core/registry/thing.h"

#include <stdlib.h>

int draft_new(struct draft **ret_draft, struct store *store)
{
    struct draft *draft = calloc(1, sizeof *draft);
    if (!draft)
        return JALON_NO_MEMORY;
    draft->store = store;
    if (draft_table_init(draft)) {
        (void)draft_free(draft); /* half-built */
        return JALON_NO_MEMORY;
    }
    *ret_draft = draft;
    return JALON_OK;
}

struct draft *draft_free(struct draft *draft)
{
    if (!draft)
        return NULL;
    for (struct draft_campaign *next, *campaign = draft->campaigns; campaign; campaign = next) {
        next = campaign->next;
        campaign_view_done(&campaign->view);
        free(campaign);
    }
    draft_table_done(draft);
    free(draft);
    return NULL;
}

struct fetch {
    struct draft *draft;
    uint32_t key;
};

static int take_fetched(void *context, struct slice field, uint64_t version, struct slice json)
{
    struct fetch *fetch = context;
    if (draft_table_find(fetch->draft, fetch->key, field))
        return JALON_OK; /* asked for twice */
    return draft_table_add(fetch->draft, fetch->key, field, version, json);
}

int draft_fetch(struct draft *draft, const struct key *key, const struct slice *fields,
                size_t count)
{
    struct fetch fetch = {.draft = draft};
    int err = draft_key_number(draft, key, &fetch.key);
    if (err || !count)
        return err;
    struct slice *missing = reallocarray(NULL, count, sizeof *missing);
    if (!missing)
        return JALON_NO_MEMORY;
    size_t missing_count = 0;
    for (size_t i = 0; i < count; i++)
        if (!draft_table_find(draft, fetch.key, fields[i]))
            missing[missing_count++] = fields[i];
    if (missing_count)
        err = store_get_many(draft->store, key, missing, missing_count, take_fetched, &fetch);
    free(missing);
    return err;
}

static int find_entry(struct draft *draft, const struct key *key, struct slice field,
                      struct draft_entry **ret_entry)
{
    uint32_t number;
    int err = draft_key_number(draft, key, &number);
    if (err)
        return err;
    struct draft_entry *entry = draft_table_find(draft, number, field);
    if (!entry) {
        struct record record;
        err = store_get(draft->store, &record, key, field);
        if (err)
            return err;
        err = draft_table_add(draft, number, field, record.version, record.json);
        record_done(&record);
        if (err)
            return err;
        entry = draft_table_find(draft, number, field);
    }
    *ret_entry = entry;
    return JALON_OK;
}

int draft_get(struct draft *draft, const struct key *key, struct slice field,
              struct slice *ret_json)
{
    struct draft_entry *entry;
    int err = find_entry(draft, key, field, &entry);
    if (err)
        return err;
    *ret_json = entry->json;
    return JALON_OK;
}

int draft_get_record(struct draft *draft, const struct key *key, struct slice field,
                     json_t **ret_record)
{
    struct slice json;
    int err = draft_get(draft, key, field, &json);
    if (err)
        return err;
    if (!json.size)
        return JALON_NOT_FOUND;
    json_t *record = json_loadb(json.data, json.size, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(record)) {
        json_decref(record);
        return JALON_DAMAGED;
    }
    *ret_record = record;
    return JALON_OK;
}

static int add_index(struct draft *draft, struct draft_entry *entry,
                     const struct index_entry *index)
{
    struct draft_index addition = {
        .is_sorted = index->is_sorted,
        .score = index->score,
        .is_counted = index->is_counted,
        .is_freed = index->is_freed,
        .is_over = index->is_over,
        .limit = index->limit,
    };
    int err = draft_key_number(draft, &index->key, &addition.key);
    if (err)
        return err;
    for (size_t i = 0; i < entry->index_count; i++)
        if (entry->indexes[i].key == addition.key &&
            slice_equal(entry->indexes[i].member, index->member))
            return JALON_OK;
    if (entry->index_count == entry->index_room)
        return JALON_FULL;
    addition.member = slice_equal(index->member, entry->field)
                          ? entry->field
                          : arena_copy(&draft->arena, index->member);
    if (!addition.member.data)
        return JALON_NO_MEMORY;
    entry->indexes[entry->index_count++] = addition;
    draft->keys[addition.key].count += index->is_counted && !index->is_freed && !index->is_there;
    return JALON_OK;
}

/* A first put takes as many as it names, which are all that most records ever have. */
static int make_room(struct draft *draft, struct draft_entry *entry, size_t count)
{
    if (!count || entry->index_room == DRAFT_INDEXES_MAX)
        return JALON_OK;
    size_t room = entry->indexes || count > DRAFT_INDEXES_MAX ? DRAFT_INDEXES_MAX : count;
    struct draft_index *indexes = arena_take(&draft->arena, room * sizeof *indexes);
    if (!indexes)
        return JALON_NO_MEMORY;
    if (entry->index_count)
        memcpy(indexes, entry->indexes, entry->index_count * sizeof *indexes);
    entry->indexes = indexes;
    entry->index_room = (uint8_t)room;
    return JALON_OK;
}

static int add_indexes(struct draft *draft, struct draft_entry *entry,
                       const struct index_entry *indexes, size_t count)
{
    int err = make_room(draft, entry, count);
    for (size_t i = 0; i < count && !err; i++)
        err = add_index(draft, entry, &indexes[i]);
    return err;
}

int draft_put_text(struct draft *draft, const struct key *key, struct slice field,
                   struct slice json, const struct index_entry *indexes, size_t index_count,
                   struct slice change)
{
    struct draft_entry *entry;
    int err = find_entry(draft, key, field, &entry);
    if (err)
        return err;
    struct slice copy = arena_copy(&draft->arena, json);
    struct slice message = change.size ? arena_copy(&draft->arena, change) : SLICE_NONE;
    if (!copy.data || (change.size && !message.data))
        return JALON_NO_MEMORY;
    err = draft_table_mark(draft, entry);
    if (err)
        return err;
    entry->json = copy;
    entry->change = message;
    entry->is_known = false;
    return add_indexes(draft, entry, indexes, index_count);
}

int draft_put(struct draft *draft, const struct key *key, struct slice field, json_t *json,
              const struct index_entry *indexes, size_t index_count, struct slice change)
{
    char *text = json_dumps(json, THING_DUMP_FLAGS);
    json_decref(json);
    if (!text)
        return JALON_NO_MEMORY;
    int err =
        draft_put_text(draft, key, field, slice_of_string(text), indexes, index_count, change);
    free(text);
    return err;
}

int draft_keep(struct draft *draft, const struct key *key, struct slice field,
               const struct index_entry *indexes, size_t index_count)
{
    struct draft_entry *entry;
    int err = find_entry(draft, key, field, &entry);
    if (err)
        return err;
    if (entry->is_changed || !entry->version)
        return JALON_OK;
    err = draft_table_mark(draft, entry);
    if (err)
        return err;
    entry->is_known = true;
    return add_indexes(draft, entry, indexes, index_count);
}

static int read_campaign(struct draft *draft, struct slice json,
                         const struct campaign_view **ret_view)
{
    struct draft_campaign *campaign = malloc(sizeof *campaign);
    if (!campaign)
        return JALON_NO_MEMORY;
    int err = campaign_view_read(&campaign->view, json);
    if (err) {
        free(campaign);
        return err;
    }
    campaign->next = draft->campaigns;
    draft->campaigns = campaign;
    *ret_view = &campaign->view;
    return JALON_OK;
}

int draft_campaign(struct draft *draft, struct slice slug, const struct campaign_view **ret_view)
{
    for (struct draft_campaign *known = draft->campaigns; known; known = known->next)
        if (slice_equal(known->view.slug, slug)) {
            *ret_view = &known->view;
            return JALON_OK;
        }
    struct key key = key_campaigns();
    struct slice json;
    int err = draft_get(draft, &key, slug, &json);
    if (err)
        return err;
    if (json.size)
        return read_campaign(draft, json, ret_view);
    *ret_view = NULL;
    return JALON_OK;
}
