#include "tests/unit/core/registry/live.h"

#include "core/registry/draft.h"

static struct draft *open_draft(struct live *live)
{
    struct draft *draft;
    assert_int_equal(draft_new(&draft, live->store), JALON_OK);
    return draft;
}

static void expect_json(struct draft *draft, struct slice field, const char *json)
{
    struct key key = key_creators();
    struct slice got;
    assert_int_equal(draft_get(draft, &key, field, &got), JALON_OK);
    if (!slice_is(got, json))
        fail_msg("%.*s is %.*s", SLICE_ARG(field), SLICE_ARG(got));
}

static void put(struct draft *draft, struct slice field, int number)
{
    struct key key = key_creators();
    assert_int_equal(
        draft_put(draft, &key, field, json_pack("{s:i}", "n", number), NULL, 0, SLICE_NONE), 0);
}

static void what_is_put_is_read_and_written_at_the_end(void **state)
{
    struct live *live = *state;
    struct draft *draft = open_draft(live), *other = open_draft(live);
    expect_json(draft, SLICE("a"), "");
    put(draft, SLICE("a"), 1);
    put(draft, SLICE("a"), 2);
    expect_json(draft, SLICE("a"), "{\"n\":2}");
    expect_json(other, SLICE("a"), ""); /* not written yet */
    assert_int_equal(draft_commit(draft, NULL, NULL), JALON_OK);
    expect_json(other, SLICE("a"), ""); /* read before */
    other = draft_free(other);
    other = open_draft(live);
    expect_json(other, SLICE("a"), "{\"n\":2}");
    (void)draft_free(other);
    (void)draft_free(draft);
}

static void another_writer_is_a_conflict_and_nothing_is_written(void **state)
{
    struct live *live = *state;
    struct draft *mine = open_draft(live), *theirs = open_draft(live);
    put(mine, SLICE("a"), 1);
    put(mine, SLICE("b"), 1);
    put(theirs, SLICE("a"), 2);
    assert_int_equal(draft_commit(theirs, NULL, NULL), JALON_OK);
    assert_int_equal(draft_commit(mine, NULL, NULL), JALON_CONFLICT);
    (void)draft_free(mine);
    (void)draft_free(theirs);
    struct draft *after = open_draft(live);
    expect_json(after, SLICE("a"), "{\"n\":2}");
    expect_json(after, SLICE("b"), "");
    (void)draft_free(after);
}

static void thousands_are_kept_apart(void **state)
{
    enum { RECORDS = 3000 };
    struct live *live = *state;
    struct draft *draft = open_draft(live);
    char names[RECORDS][8];
    struct slice fields[RECORDS];
    for (int i = 0; i < RECORDS; i++) {
        (void)snprintf(names[i], sizeof names[i], "c%d", i);
        fields[i] = slice_of_string(names[i]);
    }
    struct key key = key_creators();
    assert_int_equal(draft_fetch(draft, &key, fields, RECORDS), JALON_OK);
    assert_int_equal(draft_fetch(draft, &key, fields, RECORDS), JALON_OK);
    for (int i = 0; i < RECORDS; i++)
        put(draft, fields[i], i);
    assert_int_equal(draft_commit(draft, NULL, NULL), JALON_OK);
    (void)draft_free(draft);
    draft = open_draft(live);
    assert_int_equal(draft_fetch(draft, &key, fields, RECORDS), JALON_OK);
    for (int i = 0; i < RECORDS; i++) {
        char json[16];
        (void)snprintf(json, sizeof json, "{\"n\":%d}", i);
        expect_json(draft, fields[i], json);
    }
    (void)draft_free(draft);
}

static void what_will_be_added_counts(void **state)
{
    struct live *live = *state;
    struct draft *draft = open_draft(live);
    struct key set = key_redemptions(SLICE("acme"), SLICE("A10"));
    struct key orders = key_orders(SLICE("acme"), SLICE("c"));
    uint64_t count = 99;
    assert_int_equal(draft_count(draft, &set, &count), JALON_OK);
    assert_int_equal(count, 0);
    static const char *const members[] = {"c/1", "c/2", "c/2"};
    for (size_t i = 0; i < COUNT(members); i++) {
        struct index_entry index = {
            .key = &set,
            .member = slice_of_string(members[i]),
            .is_counted = true,
        };
        struct slice order = slice_from(slice_of_string(members[i]), 2);
        assert_int_equal(draft_put(draft, &orders, order, json_object(), &index, 1, SLICE_NONE), 0);
    }
    assert_int_equal(draft_count(draft, &set, &count), JALON_OK);
    assert_int_equal(count, 2);
    assert_int_equal(draft_commit(draft, NULL, NULL), JALON_OK);
    (void)draft_free(draft);
    draft = open_draft(live);
    assert_int_equal(draft_count(draft, &set, &count), JALON_OK);
    assert_int_equal(count, 2);
    (void)draft_free(draft);
}

static void put_link(struct draft *draft, uint64_t link_id, const char *creator)
{
    char id[LINK_ID_TEXT + 1];
    link_id_format(id, link_id);
    struct key key = key_links(schema_partition(link_id));
    assert_int_equal(
        draft_put(draft, &key, slice_of(id, LINK_ID_TEXT),
                  json_pack("{s:i,s:s,s:s}", "v", 1, "campaign", "c", "creator", creator), NULL, 0,
                  SLICE_NONE),
        JALON_OK);
}

static void expect_creator(struct draft *draft, uint64_t link_id, const char *creator)
{
    const struct link_view *link;
    assert_int_equal(draft_link(draft, link_id, &link), JALON_OK);
    if (!slice_is(link->creator, creator))
        fail_msg("%.*s, not %s", SLICE_ARG(link->creator), creator);
}

static void a_record_that_was_put_reads_as_put(void **state)
{
    struct draft *draft = open_draft(*state);
    const struct link_view *none, *before;
    assert_int_equal(draft_link(draft, 7, &none), JALON_OK);
    assert_null(none);
    put_link(draft, 7, "marie");
    expect_creator(draft, 7, "marie");
    assert_int_equal(draft_link(draft, 7, &before), JALON_OK);
    put_link(draft, 7, "tom");
    expect_creator(draft, 7, "tom");
    assert_true(slice_is(before->creator, "marie")); /* what borrows from it may go on */
    (void)draft_free(draft);
}

/* More of them than are kept. */
static void what_was_forgotten_is_read_again(void **state)
{
    enum { LINKS = 66000 };
    struct draft *draft = open_draft(*state);
    for (uint64_t id = 0; id < LINKS; id++) {
        char text[LINK_ID_TEXT + 1];
        link_id_format(text, id);
        struct key key = key_links(schema_partition(id));
        assert_int_equal(draft_want(draft, &key, slice_of(text, LINK_ID_TEXT)), JALON_OK);
    }
    assert_int_equal(draft_fetch_wanted(draft), JALON_OK);
    for (uint64_t id = 0; id < LINKS; id++) {
        put_link(draft, id, id % 2 ? "marie" : "tom");
        expect_creator(draft, id, id % 2 ? "marie" : "tom");
    }
    draft_trim(draft);
    for (uint64_t id = 0; id < LINKS; id += 1000)
        expect_creator(draft, id + 1, "marie");
    (void)draft_free(draft);
}

static void damaged_records_are_told(void **state)
{
    struct live *live = *state;
    redisContext *redis = redis_server_connect(&live->server);
    freeReplyObject(redisCommand(redis, "HSET jalon:{s}:creators marie %s", "1 {\"v\":1,"));
    freeReplyObject(redisCommand(redis, "HSET jalon:{s}:campaigns c %s", "1 {\"v\":1}"));
    redisFree(redis);
    json_t *result = NULL;
    struct problem problem = {0};
    int err = creator_show(&live->registry, SLICE("marie"), &result, &problem);
    assert_int_equal(err, JALON_DAMAGED);
    assert_int_equal(problem.kind, PROBLEM_INTERNAL);
    problem = (struct problem){0};
    err = campaign_show(&live->registry, SLICE("c"), &result, &problem);
    assert_int_equal(err, JALON_DAMAGED);
    refuse(&live->registry, creator_add, "{'creator':'marie'}", PROBLEM_INTERNAL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_put_is_read_and_written_at_the_end, live_clear),
        cmocka_unit_test_setup(another_writer_is_a_conflict_and_nothing_is_written, live_clear),
        cmocka_unit_test_setup(thousands_are_kept_apart, live_clear),
        cmocka_unit_test_setup(what_will_be_added_counts, live_clear),
        cmocka_unit_test_setup(a_record_that_was_put_reads_as_put, live_clear),
        cmocka_unit_test_setup(what_was_forgotten_is_read_again, live_clear),
        cmocka_unit_test_setup(damaged_records_are_told, live_clear),
    };
    return cmocka_run_group_tests(tests, live_start, live_stop);
}
