/* Records and serials, written and read. */
#include "core/store/functions.h"
#include "tests/unit/core/store/store_fixture.h"

static void test_a_record_is_put_and_got(void **state)
{
    (void)state;
    expect_record("spring", 0, "");
    assert_int_equal(put_now("spring", "{\"v\":1}", 0), JALON_OK);
    expect_record("spring", 1, "{\"v\":1}");
    assert_int_equal(put_now("spring", "{\"v\":1,\"a\":\" \"}", 1), JALON_OK);
    expect_record("spring", 2, "{\"v\":1,\"a\":\" \"}");
}

static void test_a_put_on_another_version_is_a_conflict(void **state)
{
    (void)state;
    assert_int_equal(put_now("spring", "{}", 1), JALON_CONFLICT);
    assert_int_equal(put_now("spring", "{\"a\":1}", 0), JALON_OK);
    static const uint64_t versions[] = {0, 2, 3, 1000};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(put_now("spring", "{\"b\":1}", versions[i]), JALON_CONFLICT);
    expect_record("spring", 1, "{\"a\":1}");
}

static void test_a_put_adds_to_its_indexes_and_says_so(void **state)
{
    (void)state;
    struct client *listener = redis_server_client(&server);
    struct reply *reply;
    assert_int_equal(client_say(listener, &reply, "SUBSCRIBE", SCHEMA_CHANGED_CHANNEL, NULL),
                     JALON_OK);
    reply_free(reply);
    struct key orders = key_orders(SLICE("acme"), SLICE("spring"));
    struct key codes = key_codes_of(SLICE("acme"), SLICE("spring"));
    struct key times = key_order_times(SLICE("acme"), SLICE("spring"));
    struct key others = key_order_times(SLICE("acme"), SLICE("autumn"));
    struct index_entry indexes[] = {
        {.key = &codes, .member = SLICE("MAR1E10")},
        {.key = &times, .member = SLICE("1042"), .is_sorted = true, .score = 1732968000123},
        {.key = &others, .member = SLICE("7"), .is_sorted = true, .score = -5},
    };
    struct put put = {.key = &orders,
                      .field = SLICE("1042"),
                      .json = SLICE("{}"),
                      .indexes = indexes,
                      .index_count = 3,
                      .change = SLICE("order 1042")};
    assert_int_equal(store_put(store, &put), JALON_OK);
    assert_int_equal(client_receive(listener, &reply), JALON_OK);
    assert_true(slice_is(reply_text(reply_at(reply, 2)), "order 1042"));
    reply_free(reply);
    assert_int_equal(client_say(listener, &reply, "UNSUBSCRIBE", NULL), JALON_OK);
    reply_free(reply);
    static const struct {
        const char *command, *key, *member, *value;
    } rows[] = {
        {"SISMEMBER", "jalon:{b.acme}:codes_of:spring", "MAR1E10", NULL},
        {"ZSCORE", "jalon:{b.acme}:order_times:spring", "1042", "1732968000123"},
        {"ZSCORE", "jalon:{b.acme}:order_times:autumn", "7", "-5"},
    };
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(
            client_say(listener, &reply, rows[i].command, rows[i].key, rows[i].member, NULL),
            JALON_OK);
        if (rows[i].value)
            assert_true(slice_is(reply_text(reply), rows[i].value));
        else
            assert_int_equal(reply_integer(reply), 1);
        reply_free(reply);
    }
    client_free(listener);
}

/* Orders with a place in a limit's index, judged over the limit or not. */
static const struct {
    const char *order;
    uint64_t version, limit;
    bool is_over, is_freed;
    int outcome;
    uint64_t count; /* after it */
} counted[] = {
    {"1", 0, 2, true, false, JALON_CONFLICT, 0},  {"1", 0, 2, false, false, JALON_OK, 1},
    {"2", 0, 2, false, false, JALON_OK, 2},       {"3", 0, 2, false, false, JALON_CONFLICT, 2},
    {"3", 0, 2, true, false, JALON_OK, 3},        {"4", 0, 0, false, false, JALON_OK, 4},
    {"5", 0, 5, true, false, JALON_CONFLICT, 4},  {"1", 1, 0, false, true, JALON_OK, 3},
    {"1", 2, 0, false, true, JALON_OK, 3},        {"1", 3, 0, false, false, JALON_OK, 3},
    {"5", 0, 3, false, false, JALON_CONFLICT, 3}, {"5", 0, 4, false, false, JALON_OK, 4},
};
#define COUNTED (sizeof counted / sizeof *counted)
#define TOGETHER 7 /* of them, up to the first change of one that is there */

static struct put put_counted(struct index_entry *index, size_t row)
{
    static struct key orders, redemptions;
    orders = key_orders(SLICE("acme"), SLICE("spring"));
    redemptions = key_redemptions(SLICE("acme"), SLICE("TW1CE"));
    *index = (struct index_entry){
        .key = &redemptions,
        .member = slice_of_string(counted[row].order),
        .is_counted = true,
        .is_freed = counted[row].is_freed,
        .is_over = counted[row].is_over,
        .limit = counted[row].limit,
    };
    return (struct put){
        .key = &orders,
        .field = slice_of_string(counted[row].order),
        .json = SLICE("{}"),
        .expected_version = counted[row].version,
        .indexes = index,
        .index_count = 1,
    };
}

static void expect_counted(uint64_t expected)
{
    uint64_t count;
    struct key key = key_redemptions(SLICE("acme"), SLICE("TW1CE"));
    assert_int_equal(store_counted(store, &count, &key, 1), JALON_OK);
    assert_int_equal(count, expected);
}

static void test_a_misjudged_limit_is_a_conflict(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNTED; i++) {
        struct index_entry index;
        struct put put = put_counted(&index, i);
        assert_int_equal(store_put(store, &put), counted[i].outcome);
        expect_counted(counted[i].count);
    }
}

static void test_limits_see_the_puts_before_them(void **state)
{
    (void)state;
    struct index_entry indexes[TOGETHER];
    struct put puts[TOGETHER];
    int outcomes[TOGETHER];
    for (size_t i = 0; i < TOGETHER; i++)
        puts[i] = put_counted(&indexes[i], i);
    assert_int_equal(store_put_many(store, puts, TOGETHER, outcomes), JALON_OK);
    for (size_t i = 0; i < TOGETHER; i++)
        assert_int_equal(outcomes[i], counted[i].outcome);
    expect_counted(counted[TOGETHER - 1].count);
}

static void expect_answer(const char *expected, const char *a, const char *b, const char *c,
                          const char *d)
{
    struct client *client = redis_server_client(&server);
    struct reply *reply;
    assert_int_equal(client_say(client, &reply, a, b, c, d, NULL), JALON_OK);
    char text[32];
    (void)snprintf(text, sizeof text, "%lld", (long long)reply_integer(reply)); /* fits */
    struct slice answer =
        reply_kind(reply) == REPLY_INTEGER ? slice_of_string(text) : reply_text(reply);
    assert_true(slice_is(answer, expected));
    reply_free(reply);
    client_free(client);
}

static void test_a_call_adds_to_the_indexes_of_all_its_puts(void **state)
{
    (void)state;
    struct key times = key_order_times(SLICE("acme"), SLICE("spring"));
    struct key codes = key_codes_of(SLICE("acme"), SLICE("spring"));
    struct key redemptions = key_redemptions(SLICE("acme"), SLICE("T0M10"));
    struct index_entry a[] = {{.key = &times, .member = SLICE("a"), .is_sorted = true, .score = -5},
                              {.key = &codes, .member = SLICE("MAR1E10")}};
    struct index_entry c[] = {{.key = &times, .member = SLICE("c"), .is_sorted = true, .score = 7},
                              {.key = &codes, .member = SLICE("T0M10")},
                              {.key = &redemptions, .member = SLICE("c"), .is_counted = true}};
    struct index_entry d[] = {{.key = &codes, .member = SLICE("L1A")},
                              {.key = &times, .member = SLICE("d"), .is_sorted = true, .score = 8}};
    struct put puts[] = {put_of("a", "{}", 0), put_of("b", "{}", 0), put_of("c", "{}", 0),
                         put_of("d", "{}", 0)};
    puts[0].indexes = a, puts[0].index_count = 2;
    puts[2].indexes = c, puts[2].index_count = 3;
    puts[3].indexes = d, puts[3].index_count = 2;
    int outcomes[4];
    assert_int_equal(store_ping(store), JALON_OK);
    say("CONFIG", "RESETSTAT", NULL, NULL);
    assert_int_equal(store_put_many(store, puts, 4, outcomes), JALON_OK);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(outcomes[i], JALON_OK);
    expect_record("a", 1, "{}");
    expect_record("d", 1, "{}");
    expect_answer("-5", "ZSCORE", times.text, "a", NULL);
    expect_answer("7", "ZSCORE", times.text, "c", NULL);
    expect_answer("8", "ZSCORE", times.text, "d", NULL);
    expect_answer("3", "ZCARD", times.text, NULL, NULL);
    expect_answer("1", "SISMEMBER", codes.text, "MAR1E10", NULL);
    expect_answer("1", "SISMEMBER", codes.text, "T0M10", NULL);
    expect_answer("1", "SISMEMBER", codes.text, "L1A", NULL);
    expect_answer("0", "ZSCORE", redemptions.text, "c", NULL);
    struct client *client = redis_server_client(&server);
    struct reply *reply;
    assert_int_equal(client_say(client, &reply, "INFO", "commandstats", NULL), JALON_OK);
    struct slice figures = reply_text(reply);
    assert_non_null(memmem(figures.data, figures.size, "cmdstat_fcall:calls=1,", 22));
    reply_free(reply);
    client_free(client);
}

static void test_a_call_is_applied_whole_or_not_at_all(void **state)
{
    (void)state;
    struct key codes = key_codes_of(SLICE("acme"), SLICE("spring"));
    struct index_entry rubbish = {.key = &codes, .member = SLICE("X")};
    static const struct {
        const char *stored; /* as b */
        uint64_t expected_version;
        bool is_rubbish;
        int outcome;
    } rows[] = {
        {"1 []", 0, false, JALON_CONFLICT}, {"1 []", 2, false, JALON_CONFLICT},
        {NULL, 1, false, JALON_CONFLICT},   {"[]", 0, false, JALON_DAMAGED},
        {NULL, 0, true, JALON_BAD_REPLY},   {"7 []", 7, false, JALON_OK},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct put puts[] = {put_of("a", "{}", 0), put_of("b", "{}", rows[i].expected_version),
                             put_of("c", "{}", 0)};
        puts[1].indexes = &rubbish;
        puts[1].index_count = rows[i].is_rubbish;
        say("FLUSHALL", NULL, NULL, NULL);
        say("SET", codes.text, "rubbish", NULL);
        if (rows[i].stored)
            say("HSET", puts[1].key->text, "b", rows[i].stored);
        int outcomes[3];
        assert_int_equal(store_put_many(store, puts, 3, outcomes), JALON_OK);
        for (size_t j = 0; j < 3; j++)
            assert_int_equal(outcomes[j], rows[i].outcome);
        bool is_set = rows[i].outcome == JALON_OK;
        expect_record("a", is_set, is_set ? "{}" : "");
        expect_record("c", is_set, is_set ? "{}" : "");
    }
    expect_record("b", 8, "{}");
}

static void test_what_was_judged_by_another_version_is_a_conflict(void **state)
{
    (void)state;
    struct key key = key_creators();
    static const struct {
        const char *stored; /* as the basis; NULL: nothing */
        uint64_t version;
        int outcome;
    } rows[] = {
        {NULL, 0, JALON_OK},         {NULL, 1, JALON_CONFLICT},   {"3 {}", 3, JALON_OK},
        {"3 {}", 2, JALON_CONFLICT}, {"3 {}", 0, JALON_CONFLICT}, {"{}", 0, JALON_CONFLICT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct put_basis basis = {&key, SLICE("marie"), rows[i].version};
        struct put puts[] = {put_of("a", "{}", 0), put_of("b", "{}", 0), put_of("c", "{}", 0)};
        for (size_t j = 0; j < 3; j++)
            puts[j].basis = &basis;
        say("FLUSHALL", NULL, NULL, NULL);
        if (rows[i].stored)
            say("HSET", key.text, "marie", rows[i].stored);
        int outcomes[2];
        assert_int_equal(store_put_many(store, puts, 2, outcomes), JALON_OK); /* one call */
        assert_int_equal(outcomes[0], rows[i].outcome);
        assert_int_equal(outcomes[1], rows[i].outcome);
        assert_int_equal(store_put(store, &puts[2]), rows[i].outcome);
        bool is_set = rows[i].outcome == JALON_OK;
        expect_record("a", is_set, is_set ? "{}" : "");
        expect_record("b", is_set, is_set ? "{}" : "");
        expect_record("c", is_set, is_set ? "{}" : "");
    }
}

/* Some are refused for good, and others, for which the function is missing, are to be sent again: by then the connection
 * is given up. */
static void test_a_connection_is_given_up_while_others_wait(void **state)
{
    (void)state;
    enum { CHUNK = 2048, MANY = CHUNK + 200 };
    struct key creators = key_creators(), campaigns = key_campaigns();
    struct put *puts = calloc(MANY, sizeof *puts);
    int *outcomes = calloc(MANY, sizeof *outcomes);
    char(*fields)[16] = calloc(MANY, sizeof *fields);
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(fields[i], sizeof *fields, "f%d", i); /* fits */
        puts[i] = put_of(fields[i], "{}", 0);
        puts[i].key = i < CHUNK && i % 2 ? &creators : &campaigns; /* each a call of its own */
    }
    say("FUNCTION", "FLUSH", NULL, NULL);
    say("FUNCTION", "LOAD",
        "#!lua name=jalon\n"
        "redis.register_function('" FUNCTION_PUT "', function() return "
        "redis.error_reply('CLUSTERDOWN it is') end)\n"
        "redis.register_function{function_name='" FUNCTION_VERSION_NAME "', flags={'no-writes'},"
        " callback=function() return '" FUNCTIONS_VERSION "' end}",
        NULL);
    assert_int_equal(store_put_many(store, puts, MANY, outcomes), JALON_OK);
    assert_int_equal(outcomes[0], JALON_UNAVAILABLE);
    assert_int_equal(outcomes[CHUNK - 1], JALON_UNAVAILABLE);
    assert_int_equal(outcomes[MANY - 1], JALON_OK);
    say("FUNCTION", "FLUSH", NULL, NULL);
    free(fields);
    free(outcomes);
    free(puts);
}

static void test_names_with_serials_are_known(void **state)
{
    (void)state;
    uint64_t first;
    assert_int_equal(store_reserve(store, &first, SLICE("code:TRA11"), 1, 100), JALON_OK);
    const struct slice names[] = {SLICE("code:TRA1"), SLICE("code:TRA11"), SLICE("code:TRA11"),
                                  SLICE("TRA11"), SLICE("")};
    bool are_reserved[5];
    assert_int_equal(store_are_reserved(store, are_reserved, names, 5), JALON_OK);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(are_reserved[i], i == 1 || i == 2);
}

static void test_an_index_of_a_wrong_type_writes_nothing(void **state)
{
    (void)state;
    struct key codes = key_codes(SLICE("acme"));
    struct key codes_of = key_codes_of(SLICE("acme"), SLICE("spring"));
    struct index_entry index = {.key = &codes_of, .member = SLICE("X")};
    say("SET", codes_of.text, "rubbish", NULL);
    struct put put = {.key = &codes,
                      .field = SLICE("X"),
                      .json = SLICE("{}"),
                      .indexes = &index,
                      .index_count = 1};
    assert_int_equal(store_put(store, &put), JALON_BAD_REPLY);
    struct record record;
    assert_int_equal(store_get(store, &record, put.key, SLICE("X")), JALON_OK);
    assert_int_equal(record.version, 0);
}

static void test_stored_nonsense_is_told(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "", "{}", "1", "x {}", "0 {}", "-1 {}", " {}", "1.5 {}", "99999999999999999999999 {}"};
    struct key key = key_campaigns();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct record record;
        say("HSET", key.text, "bad", rows[i]);
        assert_int_equal(store_get(store, &record, &key, SLICE("bad")), JALON_DAMAGED);
    }
    say("HSET", key.text, "bad", "{}");
    assert_int_equal(put_now("bad", "{}", 0), JALON_DAMAGED);
    say("DEL", key.text, NULL, NULL);
    say("SET", key.text, "rubbish", NULL);
    struct record record;
    assert_int_equal(store_get(store, &record, &key, SLICE("bad")), JALON_BAD_REPLY);
    assert_int_equal(put_now("bad", "{}", 0), JALON_BAD_REPLY);
    say("DEL", key.text, NULL, NULL);
    assert_int_equal(put_now("bad", "{}", 0), JALON_OK); /* the handle is still good */
}

static void test_a_conflict_is_that_of_its_call(void **state)
{
    (void)state;
    enum { MANY = 5000, CALL = 128 }; /* more than one chunk */
    assert_int_equal(put_now("f7", "{}", 0), JALON_OK);
    struct put *puts = calloc(MANY, sizeof *puts);
    int *outcomes = calloc(MANY, sizeof *outcomes);
    char(*fields)[16] = calloc(MANY, sizeof *fields);
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(fields[i], sizeof *fields, "f%d", i); /* fits */
        puts[i] = put_of(fields[i], "{}", 0);
    }
    assert_int_equal(store_put_many(store, puts, MANY, outcomes), JALON_OK);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(outcomes[i], i < CALL ? JALON_CONFLICT : JALON_OK);
    expect_record("f127", 0, "");
    expect_record("f128", 1, "{}");
    expect_record("f4999", 1, "{}");
    free(fields);
    free(outcomes);
    free(puts);
}

static int count_records(void *context, struct slice field, uint64_t version, struct slice json)
{
    uint64_t number;
    uint8_t *seen = context;
    assert_int_equal(slice_to_u64(&number, field, 49999), JALON_OK);
    assert_int_equal(version, 3);
    assert_true(slice_is(json, "{}"));
    seen[number]++;
    return JALON_OK;
}

static void test_each_record_is_visited_once_also_in_a_large_hash(void **state)
{
    (void)state;
    static const int sizes[] = {0, 1, 500, 9999, 20000};
    struct key key = key_campaigns();
    struct client *client = redis_server_client(&server);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct reply *reply;
        struct argument_list command;
        argument_list_init(&command, 1U << 24);
        say("DEL", key.text, NULL, NULL);
        argument_list_add_string(&command, "HSET");
        argument_list_add(&command, key_slice(&key));
        for (int j = 0; j < sizes[i]; j++) {
            argument_list_add_u64(&command, (uint64_t)j);
            argument_list_add_string(&command, "3 {}");
        }
        if (sizes[i]) {
            assert_int_equal(client_call(client, &command, &reply), JALON_OK);
            reply_free(reply);
        }
        argument_list_done(&command);
        uint8_t *seen = calloc(50000, 1);
        assert_int_equal(store_each(store, &key, count_records, seen), JALON_OK);
        for (int j = 0; j < 50000; j++)
            assert_int_equal(seen[j], j < sizes[i]);
        free(seen);
    }
    client_free(client);
}

static int end_at_once(void *context, struct slice field, uint64_t version, struct slice json)
{
    (void)field, (void)version, (void)json; /* the first will do */
    ++*(int *)context;
    return JALON_FULL;
}

static void test_a_visits_error_ends_the_walk(void **state)
{
    (void)state;
    struct key key = key_campaigns();
    int calls = 0;
    assert_int_equal(put_now("a", "{}", 0), JALON_OK);
    assert_int_equal(put_now("b", "{}", 0), JALON_OK);
    assert_int_equal(store_each(store, &key, end_at_once, &calls), JALON_FULL);
    assert_int_equal(calls, 1);
}

struct fields {
    struct slice *fields;
    size_t next;
};

static int expect_field(void *context, struct slice field, uint64_t version, struct slice json)
{
    struct fields *fields = context;
    assert_true(slice_equal(field, fields->fields[fields->next]));
    assert_int_equal(version, fields->next % 2);
    assert_true(slice_is(json, fields->next % 2 ? "{}" : ""));
    fields->next++;
    return JALON_OK;
}

static void test_many_records_come_in_the_order_asked_for(void **state)
{
    (void)state;
    enum { MANY = 2500 };
    struct key key = key_campaigns();
    struct slice *names = calloc(MANY, sizeof *names);
    char(*texts)[16] = calloc(MANY, sizeof *texts);
    struct put *puts = calloc(MANY, sizeof *puts);
    int *outcomes = calloc(MANY, sizeof *outcomes);
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(texts[i], sizeof *texts, "f%d", i); /* fits */
        names[i] = slice_of_string(texts[i]);
        puts[i / 2] = put_of(texts[i], "{}", 0); /* the odd ones */
    }
    assert_int_equal(store_put_many(store, puts, MANY / 2, outcomes), JALON_OK);
    struct fields fields = {names, 0};
    assert_int_equal(store_get_many(store, &key, names, MANY, expect_field, &fields), JALON_OK);
    assert_int_equal(fields.next, MANY);
    free(outcomes);
    free(puts);
    free(texts);
    free(names);
}

static void test_serials_are_never_given_twice(void **state)
{
    (void)state;
    uint64_t first;
    assert_int_equal(store_reserve(store, &first, SLICE("link"), 1, 1000), JALON_OK);
    assert_int_equal(first, 0);
    assert_int_equal(store_reserve(store, &first, SLICE("link"), 10, 1000), JALON_OK);
    assert_int_equal(first, 1);
    assert_int_equal(store_reserve(store, &first, SLICE("code:MAR1E"), 5, 1000), JALON_OK);
    assert_int_equal(first, 0);
    assert_int_equal(store_reserve(store, &first, SLICE("link"), 990, 1000), JALON_FULL);
    assert_int_equal(store_reserve(store, &first, SLICE("link"), 989, 1000), JALON_OK);
    assert_int_equal(first, 11);
    assert_int_equal(store_reserve(store, &first, SLICE("link"), 1, 1000), JALON_FULL);
    assert_int_equal(store_reserve(store, &first, SLICE("link"), 0, 1000), JALON_BAD_ARGUMENT);
    assert_int_equal(store_reserve(store, &first, SLICE_NONE, 1, 1000), JALON_BAD_ARGUMENT);
    assert_int_equal(store_reserve(store, &first, SLICE("big"), 1, UINT64_MAX), JALON_BAD_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_a_record_is_put_and_got),
        STORE_TEST(test_a_put_on_another_version_is_a_conflict),
        STORE_TEST(test_a_put_adds_to_its_indexes_and_says_so),
        STORE_TEST(test_a_misjudged_limit_is_a_conflict),
        STORE_TEST(test_limits_see_the_puts_before_them),
        STORE_TEST(test_a_call_adds_to_the_indexes_of_all_its_puts),
        STORE_TEST(test_a_call_is_applied_whole_or_not_at_all),
        STORE_TEST(test_what_was_judged_by_another_version_is_a_conflict),
        STORE_TEST(test_a_connection_is_given_up_while_others_wait),
        STORE_TEST(test_names_with_serials_are_known),
        STORE_TEST(test_an_index_of_a_wrong_type_writes_nothing),
        STORE_TEST(test_stored_nonsense_is_told),
        STORE_TEST(test_a_conflict_is_that_of_its_call),
        STORE_TEST(test_each_record_is_visited_once_also_in_a_large_hash),
        STORE_TEST(test_a_visits_error_ends_the_walk),
        STORE_TEST(test_many_records_come_in_the_order_asked_for),
        STORE_TEST(test_serials_are_never_given_twice),
    };
    return cmocka_run_group_tests(tests, start_server, end_server);
}
