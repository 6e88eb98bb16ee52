#include "core/store/click_walk.h"
#include "core/store/click_pack.h"
#include "tests/unit/core/store/store_fixture.h"

#define DAY 20057
#define DAY_MS INT64_C(86400000)
#define MANY 10000 /* links of one partition: more than the walk keeps answers for */

static void put_pack(unsigned partition, int32_t day, const struct click_record *clicks,
                     size_t count)
{
    struct client *client = redis_server_client(&server);
    struct key key = key_clicks(partition, day);
    struct argument_list command;
    struct reply *reply;
    argument_list_init(&command, 1U << 22);
    argument_list_add_string(&command, "RPUSH");
    argument_list_add(&command, key_slice(&key));
    assert_int_equal(click_pack_write(argument_list_start(&command), clicks, count), JALON_OK);
    argument_list_end(&command);
    assert_int_equal(client_call(client, &command, &reply), JALON_OK);
    reply_free(reply);
    argument_list_done(&command);
    client_free(client);
}

/* One click on link `link_id`, `after_ms` into a day. */
static void put_click(uint64_t link_id, int32_t day, int64_t after_ms)
{
    struct click_record click = {
        .link_id = link_id, .at_ms = day * DAY_MS + after_ms, .class = 6, .nonce = link_id};
    put_pack(schema_partition(link_id), day, &click, 1);
}

struct seen {
    unsigned entered;  /* partitions so far */
    size_t selections; /* calls of select */
    uint64_t unwanted; /* a link; 0: none */
    int64_t from_ms, to_ms;
    int32_t skipped; /* day */
    int select_error, visit_error;
    char links[256]; /* of the clicks visited, in order */
    size_t visits;
    uint64_t done, total;
};

static int enter(void *context, unsigned partition)
{
    struct seen *seen = context;
    assert_int_equal(partition, seen->entered);
    seen->entered++;
    return JALON_OK;
}

static bool wants_day(void *context, unsigned partition, int32_t day)
{
    struct seen *seen = context;
    assert_int_equal(partition + 1, seen->entered);
    assert_in_range(day, DAY - 1, DAY + 1);
    return day != seen->skipped;
}

static int select_link(void *context, uint64_t link_id, struct click_span *ret_span)
{
    struct seen *seen = context;
    assert_int_equal(schema_partition(link_id) + 1, seen->entered);
    seen->selections++;
    if (link_id != seen->unwanted)
        *ret_span = (struct click_span){seen->from_ms, seen->to_ms, (void *)(uintptr_t)link_id};
    return seen->select_error;
}

static int visit(void *context, void *link, const struct click_record *click)
{
    struct seen *seen = context;
    assert_true((uintptr_t)link == click->link_id && click->nonce == click->link_id);
    size_t size = strlen(seen->links);
    (void)snprintf(seen->links + size, sizeof seen->links - size, "%llu ",
                   (unsigned long long)click->link_id); /* cut to fit */
    seen->visits++;
    return seen->visit_error;
}

static void progress(void *context, uint64_t done, uint64_t total)
{
    struct seen *seen = context;
    assert_true(done > seen->done && done <= total);
    seen->done = done;
    seen->total = total;
}

static struct click_walk walk_of(struct seen *seen)
{
    *seen = (struct seen){.from_ms = INT64_MIN, .to_ms = INT64_MAX};
    return (struct click_walk){.first_day = DAY - 1,
                               .last_day = DAY + 1,
                               .enter = enter,
                               .wants_day = wants_day,
                               .select = select_link,
                               .visit = visit,
                               .progress = progress,
                               .context = seen};
}

static int run(const struct click_walk *walk)
{
    struct problem problem = {0};
    return click_walk_run(walk, store, &problem);
}

static void put_some(void)
{
    put_click(33, DAY, 5); /* of partition 1, as 17 and 1 */
    put_click(17, DAY, 4);
    put_click(2, DAY, 3);
    put_click(16, DAY - 1, 2); /* of partition 0 */
    put_click(1, DAY + 1, 1);
    put_click(1, DAY + 2, 0); /* of no day wanted, as the next */
    put_click(1, DAY - 2, 0);
}

static void test_clicks_come_by_partition_and_day(void **state)
{
    (void)state;
    struct seen seen;
    struct click_walk walk = walk_of(&seen);
    put_some();
    assert_int_equal(run(&walk), JALON_OK);
    assert_string_equal(seen.links, "16 33 17 1 2 ");
    assert_int_equal(seen.entered, SCHEMA_PARTITIONS);
    assert_true(seen.done == seen.total && seen.total == 3 * SCHEMA_PARTITIONS);
}

static void test_only_what_is_wanted_is_visited(void **state)
{
    (void)state;
    struct seen seen;
    struct click_walk walk = walk_of(&seen);
    put_some();
    seen.unwanted = 33;
    assert_int_equal(run(&walk), JALON_OK);
    assert_string_equal(seen.links, "16 17 1 2 ");
    walk = walk_of(&seen);
    seen.skipped = DAY + 1;
    assert_int_equal(run(&walk), JALON_OK);
    assert_string_equal(seen.links, "16 33 17 2 ");
    walk = walk_of(&seen);
    seen.from_ms = DAY * DAY_MS + 4; /* included, and the end is not */
    seen.to_ms = DAY * DAY_MS + 5;
    assert_int_equal(run(&walk), JALON_OK);
    assert_string_equal(seen.links, "17 ");
    walk = walk_of(&seen);
    walk.last_day = walk.first_day - 1;
    assert_int_equal(run(&walk), JALON_OK);
    assert_string_equal(seen.links, "");
}

static void test_of_more_links_than_are_kept_each_gets_its_own_answer(void **state)
{
    (void)state;
    struct seen seen;
    struct click_walk walk = walk_of(&seen);
    struct click_record *clicks = calloc(2 * MANY, sizeof *clicks);
    for (size_t i = 0; i < 2 * MANY; i++) {
        uint64_t link_id = i % MANY * SCHEMA_PARTITIONS + 5;
        clicks[i] = (struct click_record){
            .link_id = link_id, .at_ms = DAY * DAY_MS, .class = 6, .nonce = link_id};
    }
    put_pack(5, DAY, clicks, 2 * MANY);
    assert_int_equal(run(&walk), JALON_OK);
    assert_int_equal(seen.visits, 2 * MANY);
    assert_in_range(seen.selections, MANY, 2 * MANY);
    free(clicks);
}

static void test_an_error_of_a_callback_ends_the_walk(void **state)
{
    (void)state;
    struct seen seen;
    struct click_walk walk = walk_of(&seen);
    struct problem problem = {0};
    put_some();
    seen.visit_error = JALON_FULL;
    assert_int_equal(run(&walk), JALON_FULL);
    assert_int_equal(seen.visits, 1);
    walk = walk_of(&seen);
    seen.select_error = JALON_DAMAGED; /* a link's record is, not the clicks */
    assert_int_equal(click_walk_run(&walk, store, &problem), JALON_DAMAGED);
    assert_int_equal(seen.visits, 0);
    assert_string_equal(problem.detail, "");
}

static void test_damaged_clicks_are_named(void **state)
{
    (void)state;
    struct seen seen;
    struct click_walk walk = walk_of(&seen);
    struct problem problem = {0};
    struct key key = key_clicks(7, DAY);
    put_click(7, DAY, 0);
    say("RPUSH", key.text, "rubbish", NULL);
    assert_int_not_equal(click_walk_run(&walk, store, &problem), JALON_OK);
    assert_non_null(strstr(problem.detail, key.text));
    assert_int_equal(seen.visits, 1); /* the pack before it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_clicks_come_by_partition_and_day),
        STORE_TEST(test_only_what_is_wanted_is_visited),
        STORE_TEST(test_of_more_links_than_are_kept_each_gets_its_own_answer),
        STORE_TEST(test_an_error_of_a_callback_ends_the_walk),
        STORE_TEST(test_damaged_clicks_are_named),
    };
    return cmocka_run_group_tests(tests, start_server, end_server);
}
