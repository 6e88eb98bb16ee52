#include "core/registry/lookup.h"
#include "core/registry/noun.h"
#include "core/registry/past.h"
#include "core/registry/post_thing.h"
#include "core/registry/row.h"
#include "core/registry/thing.h"
#include "core/registry/view_reader.h"

static const char *const figures[] = {
#define POST_FIGURE_NAME(name) #name,
    POST_FIGURES(POST_FIGURE_NAME)
#undef POST_FIGURE_NAME
};
#define FIGURES (sizeof figures / sizeof *figures)

int post_thing(const struct post_view *post, json_t **ret_thing)
{
    const int64_t values[] = {
#define POST_FIGURE_VALUE(name) post->newest.name,
        POST_FIGURES(POST_FIGURE_VALUE)
#undef POST_FIGURE_VALUE
    };
    struct thing thing;
    thing_start(&thing);
    thing_put_text(&thing, "campaign", post->campaign);
    thing_put_text(&thing, "creator", post->creator);
    thing_put_text(&thing, "url", post->url);
    thing_put_moment_or_null(&thing, "published_at", post->published_ms);
    thing_put_moment_or_null(&thing, "taken_at", post->newest.taken_ms);
    for (size_t i = 0; i < FIGURES; i++)
        thing_put(&thing, figures[i], values[i] < 0 ? json_null() : json_integer(values[i]));
    return thing_end(&thing, ret_thing);
}

static int thing_of_json(struct slice json, json_t **ret_thing)
{
    struct post_view post;
    int err = post_view_read(&post, json);
    if (err)
        return err;
    err = post_thing(&post, ret_thing);
    post_view_done(&post);
    return err;
}

static bool has_figures(const json_t *clean)
{
    for (size_t i = 0; i < FIGURES; i++)
        if (json_object_get(clean, figures[i]))
            return true;
    return false;
}

/* The given figures onto a snapshot; *ret_is_changed when one of them was not there yet. */
static int put_figures(json_t *snapshot, const json_t *clean, bool *ret_is_changed)
{
    for (size_t i = 0; i < FIGURES; i++) {
        json_t *value = json_object_get(clean, figures[i]);
        if (!value || json_equal(value, json_object_get(snapshot, figures[i])))
            continue;
        *ret_is_changed = true;
        if (json_object_set(snapshot, figures[i], value))
            return JALON_NO_MEMORY;
    }
    return JALON_OK;
}

/* Where the snapshot of that moment is, or would be inserted. */
static size_t place_of(const json_t *snapshots, int64_t taken_ms)
{
    size_t at = json_array_size(snapshots);
    while (at > 0 && thing_number(json_array_get(snapshots, at - 1), "taken_ms", 0) >= taken_ms)
        at--;
    return at;
}

/* Without a time of its own, a reading that says what the newest ones said is no new one. */
static bool says_nothing_new(const json_t *record, const json_t *clean)
{
    const json_t *snapshots = json_object_get(record, "snapshots");
    for (size_t i = 0; i < FIGURES; i++) {
        const json_t *value = json_object_get(clean, figures[i]), *newest = NULL;
        for (size_t at = json_array_size(snapshots); at-- > 0 && !newest;)
            newest = json_object_get(json_array_get(snapshots, at), figures[i]);
        if (value && !(newest && json_equal(value, newest)))
            return false;
    }
    return true;
}

static int put_snapshot(struct registry *registry, json_t *record, const json_t *clean,
                        bool *ret_is_changed, struct problem *problem)
{
    bool has_time = thing_text(clean, "taken_at").size != 0;
    if (!has_figures(clean) || (!has_time && says_nothing_new(record, clean)))
        return JALON_OK;
    int64_t taken_ms = thing_moment(clean, "taken_at", registry->now_ms);
    json_t *snapshots = json_object_get(record, "snapshots");
    size_t at = place_of(snapshots, taken_ms);
    json_t *snapshot = json_array_get(snapshots, at);
    if (snapshot && thing_number(snapshot, "taken_ms", 0) == taken_ms)
        return put_figures(snapshot, clean, ret_is_changed);
    if (json_array_size(snapshots) >= POST_SNAPSHOTS_MAX)
        return problem_field(problem, "taken_at", "a post keeps %u readings, and has them",
                             POST_SNAPSHOTS_MAX);
    snapshot = json_pack("{s:I}", "taken_ms", (json_int_t)taken_ms);
    if (!snapshot || json_array_insert_new(snapshots, at, snapshot))
        return JALON_NO_MEMORY;
    return put_figures(snapshot, clean, ret_is_changed);
}

static int put_published(json_t *record, const json_t *clean, bool *ret_is_changed)
{
    int64_t known_ms = thing_number(record, "published_ms", 0);
    int64_t ms = thing_moment(clean, "published_at", known_ms);
    if (ms == known_ms)
        return JALON_OK;
    *ret_is_changed = true;
    return json_object_set_new(record, "published_ms", json_integer(ms)) ? JALON_NO_MEMORY
                                                                         : JALON_OK;
}

static int start_record(struct registry *registry, const json_t *clean, json_t **ret_record,
                        struct problem *problem)
{
    if (!thing_text(clean, "published_at").size)
        return problem_field(problem, "published_at",
                             "it is missing: a new post needs the time it was published");
    struct thing record;
    thing_start(&record);
    thing_put_number(&record, "v", RECORD_VERSION);
    thing_put_same(&record, "url", clean);
    thing_put_same(&record, "campaign", clean);
    thing_put_same(&record, "creator", clean);
    thing_put_number(&record, "created_ms", registry->now_ms);
    thing_put(&record, "snapshots", json_array());
    return thing_end(&record, ret_record);
}

static int open_record(struct registry *registry, struct draft *draft, const json_t *clean,
                       struct row *row, json_t **ret_record, struct problem *problem)
{
    struct key key = key_posts(thing_text(clean, "campaign"));
    json_t *record;
    int err = draft_get_record(draft, &key, thing_text(clean, "url"), &record);
    if (err == JALON_NOT_FOUND) {
        row->outcome = OUTCOME_ADDED;
        return start_record(registry, clean, ret_record, problem);
    }
    if (err)
        return err;
    struct slice creator = thing_text(record, "creator");
    if (!slice_equal(creator, thing_text(clean, "creator"))) {
        err = problem_set(problem, PROBLEM_CONFLICT, "that post is there as one of %.*s",
                          SLICE_ARG(creator));
        (void)problem_field(problem, "creator", "it is %.*s already", SLICE_ARG(creator));
        json_decref(record);
        return err;
    }
    row->outcome = OUTCOME_KNOWN;
    *ret_record = record;
    return JALON_OK;
}

static int put_record(struct draft *draft, struct row *row, json_t *record)
{
    struct key key = key_posts(thing_text(record, "campaign"));
    struct slice url = thing_text(record, "url"), json;
    int err = JALON_OK;
    if (row->outcome != OUTCOME_KNOWN)
        err = draft_put(draft, &key, url, json_incref(record), NULL, 0, SLICE_NONE);
    if (!err)
        err = draft_get(draft, &key, url, &json);
    return err ? err : thing_of_json(json, &row->result);
}

static int add_checked(struct registry *registry, struct draft *draft, struct row *row,
                       const json_t *clean, struct problem *problem)
{
    const struct campaign_view *campaign;
    int err = lookup_campaign(registry, draft, thing_text(clean, "campaign"), "campaign", &campaign,
                              problem);
    if (err && err != JALON_INVALID)
        return err;
    int creator_err = lookup_creator(draft, thing_text(clean, "creator"), true, problem);
    if (err || creator_err)
        return err ? err : creator_err;
    err = past_check(registry, thing_moment(clean, "published_at", 0), "published_at", problem);
    if (!err)
        err = past_check(registry, thing_moment(clean, "taken_at", 0), "taken_at", problem);
    if (err)
        return err;
    json_t *record;
    err = open_record(registry, draft, clean, row, &record, problem);
    if (err)
        return err;
    bool is_changed = false;
    err = put_published(record, clean, &is_changed);
    if (!err)
        err = put_snapshot(registry, record, clean, &is_changed, problem);
    if (is_changed && row->outcome == OUTCOME_KNOWN)
        row->outcome = OUTCOME_CHANGED;
    if (!err)
        err = put_record(draft, row, record);
    json_decref(record);
    return err;
}

int post_plan_add(struct registry *registry, struct draft *draft, struct row *row,
                  struct problem *problem)
{
    json_t *clean;
    int err = noun_check(noun_find(SLICE("post")), row->input, &clean, problem);
    if (err)
        return err;
    err = add_checked(registry, draft, row, clean, problem);
    json_decref(clean);
    return err;
}

int post_add(struct registry *registry, const json_t *input, json_t **ret_result,
             bool *ret_is_known, struct problem *problem)
{
    struct row row = {.input = input};
    int err = row_write(registry, post_plan_add, &row, ret_result, problem);
    if (!err)
        *ret_is_known = row.outcome == OUTCOME_KNOWN;
    return err;
}
